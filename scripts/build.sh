# Configures and builds one preset in build/<preset>.  Sourced by ksim and tests/run; `root` is the top of the tree.

build_presets() {
    sed -n 's/^ *"name": "\([a-z]*\)", "inherits".*/\1/p' "$root/CMakePresets.json"
}

# The build directory was configured, and from this very tree (it may have been copied or moved since).
build_is_configured() {
    local preset=$1 source=
    [ -e "$root/build/$preset/build.ninja" ] && [ -e "$root/build/$preset/source" ] || return 1
    read -r source <"$root/build/$preset/source"
    [ "$source" = "$root" ]
}

# Configure, with more arguments for cmake after the preset's name.
build_configure() {
    local preset=$1 source= fresh=()
    shift
    if [ -e "$root/build/$preset/source" ]; then
        read -r source <"$root/build/$preset/source"
        [ "$source" = "$root" ] || fresh=(--fresh)
    fi
    cmake -S "$root" --preset "$preset" "${fresh[@]}" "$@" && printf '%s\n' "$root" >"$root/build/$preset/source"
}
