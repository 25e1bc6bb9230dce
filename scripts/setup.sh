# Finds out which Debian packages are missing and installs them.  Sourced by ksim and tests/run.
#
# A package counts as present when its probe answers, so whatever was installed by other means is left alone:
#   tool:NAME   a command of that name is found
#   file:PATH   the file is there (a pattern may stand for it)
#   lib:MODULE  pkg-config knows the module (with an optional `>=version`)

setup_builds_ksim='
pkg-config     tool:pkg-config
gcc            tool:gcc
libc6-dev      file:/usr/include/stdio.h
cmake          tool:cmake
ninja-build    tool:ninja
librdkafka-dev lib:rdkafka>=2.0.2
libcjson-dev   lib:libcjson
zlib1g-dev     lib:zlib
libcmocka-dev  lib:cmocka
'
setup_runs_tests='
clang              tool:clang
libclang-rt-14-dev file:/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-*.a
clang-format       tool:clang-format
python3            tool:python3
patch              tool:patch
procps             tool:pgrep
gcovr              tool:gcovr
binutils           tool:nm
universal-ctags    tool:ctags
valgrind           tool:valgrind
'
# One question for all libraries: the second start of ksim should not notice it.
setup_libraries=('rdkafka >= 2.0.2' libcjson zlib cmocka)

setup_say() {
    printf '%s: %s\n' "${setup_who:-setup}" "$*" >&2
}

# Everything ksim is built with answers.
setup_ksim_is_ready() {
    local tool
    for tool in gcc cmake ninja pkg-config; do
        command -v "$tool" >/dev/null || return 1
    done
    [ -e /usr/include/stdio.h ] && pkg-config --exists "${setup_libraries[@]}" 2>/dev/null
}

setup_probe() {
    local kind=${1%%:*} what=${1#*:}
    case $kind in
    tool) command -v "$what" >/dev/null ;;
    file) compgen -G "$what" >/dev/null ;;
    lib) command -v pkg-config >/dev/null && pkg-config --exists "${what/>=/ >= }" 2>/dev/null ;;
    *) return 1 ;;
    esac
}

# Print the packages of a table whose probe does not answer.
setup_missing() {
    local package probe
    while read -r package probe; do
        [ -z "$package" ] || setup_probe "$probe" || printf '%s\n' "$package"
    done <<<"$1"
}

# How apt-get may be run, into `setup_apt`: directly, through sudo, or not at all.
setup_find_rights() {
    setup_apt=(env DEBIAN_FRONTEND=noninteractive "PATH=$PATH:/usr/sbin:/sbin" apt-get -o DPkg::Lock::Timeout=300)
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || return 1
    if sudo -n true 2>/dev/null; then
        setup_apt=(sudo -n "${setup_apt[@]}")
    elif [ -t 0 ] && [ -t 2 ]; then
        setup_apt=(sudo "${setup_apt[@]}")
    else
        return 1
    fi
}

# What a person can do by hand; always the last words before giving up.
setup_give_up() {
    setup_say "missing packages: $setup_packages"
    setup_say "$1"
    setup_say "to install them, run as root on Debian 12:"
    setup_say "  apt-get update && apt-get install -y --no-install-recommends $setup_packages"
}

# Install what is missing of a table, writing apt-get's own words to the file `log`.
# Returns 0 when every probe answers; else it has said what is missing and what to do.
setup_install() {
    local table=$1 log=$2
    setup_packages=$(setup_missing "$table" | tr '\n' ' ')
    setup_packages=${setup_packages% }
    [ -n "$setup_packages" ] || return 0
    if ! command -v apt-get >/dev/null; then
        setup_give_up "cannot install them: apt-get is not here"
        return 1
    fi
    if ! setup_find_rights; then
        setup_give_up "cannot install them: neither root nor a sudo that works"
        return 1
    fi
    setup_say "installing $setup_packages"
    # A mirror that does not answer is the business of the second command: the lists may be good already.
    "${setup_apt[@]}" update </dev/null >"$log" 2>&1
    # shellcheck disable=SC2086 # package names are words
    if ! "${setup_apt[@]}" install -y --no-install-recommends $setup_packages </dev/null >>"$log" 2>&1; then
        tail -n 8 "$log" >&2
        setup_give_up "apt-get failed (no network?), its words are in $log"
        return 1
    fi
    hash -r
    setup_packages=$(setup_missing "$table" | tr '\n' ' ')
    setup_packages=${setup_packages% }
    [ -z "$setup_packages" ] || {
        setup_give_up "apt-get succeeded and still they are not found"
        return 1
    }
}
