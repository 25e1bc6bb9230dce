# Configures and builds one preset in build/<preset>.  Sourced by the commands; `root` is the top of the tree.

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

# Bring one target of a preset up to date, setting up first what is missing.  Says nothing when nothing is to be done.
# Ends the shell when that fails: with 2, the set-up failed or there is no such preset; with 4, the build failed.
build_target() {
    local preset=$1 target=$2 lock
    build_presets | grep -qxF -- "$preset" || {
        setup_say "KSIM_PRESET: expected one of $(build_presets | tr '\n' ' '), got $preset"
        exit 2
    }
    mkdir -p "$root/build/logs" || {
        setup_say "cannot write to $root/build"
        exit 2
    }
    # Calls at the same time wait for each other; what they then run is not under the lock any more.
    exec {lock}>"$root/build/lock" || exit 2
    flock "$lock"
    build_target_locked "$preset" "$target" "$root/build/logs/$target-$preset.log"
    exec {lock}>&-
}

build_target_locked() {
    local preset=$1 target=$2 log=$3 directory=$root/build/$1
    setup_ksim_is_ready || setup_install "$setup_builds_ksim" "$root/build/logs/setup.log" || exit 2
    if [ "$preset" = clang ]; then
        setup_install 'clang tool:clang' "$root/build/logs/setup.log" || exit 2
    fi
    if ! build_is_configured "$preset"; then
        setup_say "configuring $preset"
        build_configure "$preset" >"$log" 2>&1 || build_fail "$preset" "$log"
    fi
    case $(ninja -C "$directory" -n "$target" 2>&1) in
    *"no work to do"*) return ;;
    *"unknown target"*)
        setup_say "the preset $preset has no target named $target"
        exit 4
        ;;
    esac
    setup_say "building $preset"
    if [ -t 2 ]; then
        # On a terminal ninja draws its progress on one line.
        (cd "$directory" && NINJA_STATUS="$setup_who: [%f/%t] " ninja "$target" >&2) || build_fail "$preset"
    else
        ninja -C "$directory" "$target" >"$log" 2>&1 || build_fail "$preset" "$log"
    fi
}

# The last of what a failed build said, without the long commands of the compiler.
build_fail() {
    [ $# = 1 ] || grep -v -E '^(: && )?/usr/bin/|^\[[0-9]+/[0-9]+\]' "$2" | tail -n 40 >&2
    setup_say "the build of $1 failed${2:+; all of it is in $2}"
    exit 4
}
