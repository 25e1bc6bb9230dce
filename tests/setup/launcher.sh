#!/bin/bash
#
# The launcher and the test command among tools that only pretend: launcher.sh CASE runs one case.
# Nothing outside a temporary directory is touched, nothing real is installed or built.

set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd -- "$here/../.." && pwd -P)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# A machine where everything is installed but nothing built; the tree lies in a folder with a space.
furnish() {
    local tool
    export STATE=$work/state FAKES=$work/fakes TREE="$work/the tree"
    mkdir -p "$STATE" "$FAKES" "$work/bin" "$TREE/scripts" "$TREE/tests"
    cp "$top/ksim" "$top/CMakePresets.json" "$TREE/"
    cp "$top"/scripts/*.sh "$TREE/scripts/"
    cp "$top/tests/run" "$TREE/tests/"
    for tool in bash env true mkdir flock grep sed cat tail head tr readlink dirname touch cp find tac awk; do
        ln -s "$(type -P "$tool")" "$work/bin/$tool"
    done
    for tool in id pkg-config apt-get cmake ninja gcc sudo; do
        ln -s "$here/fake" "$work/bin/$tool"
    done
    cat >"$FAKES/ksim" <<'END'
#!/bin/bash
flock -n "$TREE/build/lock" true || echo "ksim runs under the lock"
printf '<%s>' "$@"
printf ' in %s\n' "$PWD"
END
    chmod +x "$FAKES/ksim"
    echo 0 >"$STATE/uid"
    touch "$STATE/installed" "$STATE/journal"
}

# Run the launcher with the pretended tools only; leaves `code`, `out`, `words` and `journal`.
ksim() {
    run_tool "$TREE/ksim" "$@"
}

run_tool() {
    PATH=$work/bin "$@" >"$work/out" 2>"$work/words" </dev/null
    code=$?
    out=$(cat "$work/out") words=$(cat "$work/words") journal=$(cat "$STATE/journal")
}

fail() {
    printf 'failed: %s\n--- exit code %s\n--- stdout\n%s\n--- stderr\n%s\n--- journal\n%s\n' \
        "$1" "$code" "$out" "$words" "$journal"
    exit 1
}

expect_code() {
    [ "$code" = "$1" ] || fail "expected exit code $1"
}

expect() {
    [[ "$1" == *"$2"* ]] || fail "expected \`$2\`"
}

refuse() {
    [[ "$1" != *"$2"* ]] || fail "did not expect \`$2\`"
}

# What every failing set-up owes to a person, and what it must not do.
expect_helpful_refusal() {
    expect_code 2
    expect "$words" "missing packages: librdkafka-dev libcjson-dev zlib1g-dev libcmocka-dev"
    expect "$words" "apt-get install -y --no-install-recommends librdkafka-dev libcjson-dev zlib1g-dev libcmocka-dev"
    refuse "$journal" "cmake -S"
    refuse "$journal" "ninja"
}

case_complete_machine_builds_and_runs_in_the_callers_folder() {
    mkdir "$work/elsewhere"
    cd "$work/elsewhere" || exit 1
    ksim --seed 1 "a b" ""
    expect_code 0
    expect "$out" "<--seed><1><a b><> in $work/elsewhere"
    refuse "$journal" "apt-get"
    expect "$words" "building release"
}

case_second_call_builds_nothing_and_says_nothing() {
    ksim
    : >"$STATE/journal"
    ksim
    expect_code 0
    [ -z "$words" ] || fail "expected nothing on stderr"
    refuse "$journal" "cmake -S"
}

case_missing_packages_are_installed_by_root() {
    rm "$STATE/installed"
    ksim
    expect_code 0
    expect "$journal" "apt-get -o DPkg::Lock::Timeout=300 update"
    expect "$journal" "install -y --no-install-recommends librdkafka-dev libcjson-dev zlib1g-dev libcmocka-dev"
    refuse "$journal" "sudo"
}

case_missing_packages_are_installed_through_sudo() {
    rm "$STATE/installed"
    echo 1000 >"$STATE/uid"
    ksim
    expect_code 0
    expect "$journal" "sudo -n env"
}

case_no_rights_and_no_sudo_says_what_to_do() {
    rm "$STATE/installed" "$work/bin/sudo"
    echo 1000 >"$STATE/uid"
    ksim
    expect_helpful_refusal
    refuse "$journal" "apt-get"
}

case_sudo_that_refuses_says_what_to_do() {
    rm "$STATE/installed"
    echo 1000 >"$STATE/uid"
    touch "$STATE/sudo_refuses"
    ksim
    expect_helpful_refusal
    refuse "$journal" "apt-get"
}

case_no_network_says_what_to_do() {
    rm "$STATE/installed"
    touch "$STATE/no_network"
    ksim
    expect_helpful_refusal
    expect "$words" "Temporary failure resolving the mirror"
}

case_no_apt_get_says_what_to_do() {
    rm "$STATE/installed" "$work/bin/apt-get"
    ksim
    expect_helpful_refusal
}

case_installation_that_changes_nothing_is_refused() {
    rm "$STATE/installed"
    touch "$STATE/useless"
    ksim
    expect_helpful_refusal
}

case_missing_tool_is_named() {
    rm "$work/bin/ninja"
    touch "$STATE/no_network"
    ksim
    expect_code 2
    expect "$words" "missing packages: ninja-build"
}

case_failing_build_shows_its_error() {
    touch "$STATE/broken"
    ksim
    expect_code 4
    expect "$words" "a.c:1: error: planted"
    [ -z "$out" ] || fail "expected nothing on stdout"
}

case_missing_target_is_an_error() {
    touch "$STATE/no_target"
    ksim
    expect_code 4
    expect "$words" "has no target named ksim"
}

case_unknown_preset_is_refused() {
    KSIM_PRESET=../release ksim
    expect_code 2
    expect "$words" "KSIM_PRESET: expected one of release"
    refuse "$journal" "cmake -S"
}

case_preset_is_chosen_by_the_environment() {
    KSIM_PRESET=asan ksim
    expect "$journal" "--preset asan"
}

case_calls_build_under_a_lock_and_run_without_it() {
    ksim
    expect_code 0
    refuse "$journal" "ninja without the lock"
    refuse "$out" "under the lock"
}

case_copied_tree_is_configured_afresh() {
    ksim
    cp -r "$TREE" "$work/copy"
    TREE=$work/copy
    rm "$STATE/built"
    : >"$STATE/journal"
    ksim
    expect_code 0
    expect "$journal" "cmake -S $work/copy --preset release --fresh"
}

case_launcher_follows_links_to_itself() {
    ln -s "$TREE/ksim" "$work/bin/simulate"
    run_tool "$work/bin/simulate" x
    expect_code 0
    expect "$out" "<x>"
}

# ---- the test command: what it counts ----

ready_for_tests() {
    local tool
    for tool in clang clang-format python3 patch pgrep gcovr nm ctags valgrind ctest; do
        ln -s "$here/fake" "$work/bin/$tool"
    done
    sed -i 's,file:/usr/lib/llvm[^ ]*,tool:clang,' "$TREE/scripts/setup.sh"
    echo "100% tests passed, 0 tests failed out of 7" >"$STATE/ctest"
}

last_line() {
    [ "$(tail -n 1 "$work/out")" = "$1" ] || fail "expected \`$1\` as the last line"
}

case_test_command_adds_up_what_passed() {
    ready_for_tests
    run_tool "$TREE/tests/run" release clang
    expect_code 0
    last_line "14 passed, 0 failed"
    refuse "$journal" "ninja without the lock"
}

case_test_command_counts_and_names_failing_tests() {
    ready_for_tests
    printf '%s\n' "50% tests passed, 1 tests failed out of 2" "The following tests FAILED:" $'\t 1 - of a test (Failed)' \
        "71% tests passed, 2 tests failed out of 7" "The following tests FAILED:" \
        $'\t  3 - test_a (Failed)' $'\t  4 - test_b (Timeout)' >"$STATE/ctest"
    run_tool "$TREE/tests/run" release
    expect_code 1
    expect "$out" "failed: release: test_b (Timeout)"
    refuse "$out" "failed: release: of a test"
    last_line "5 passed, 2 failed"
}

case_test_command_fails_when_no_test_ran() {
    ready_for_tests
    echo "No tests were found!!!" >"$STATE/ctest"
    run_tool "$TREE/tests/run" release
    expect_code 1
    last_line "0 passed, 1 failed"
}

case_test_command_fails_when_the_build_fails() {
    ready_for_tests
    touch "$STATE/broken"
    run_tool "$TREE/tests/run" release scenarios
    expect_code 1
    expect "$out" "a.c:1: error: planted"
    last_line "0 passed, 1 failed"
}

# A ksim that prints the given lines and ends with the given code: scenarios_say CODE LINE...
scenarios_say() {
    local result=$1
    shift
    mkdir -p "$TREE/scenarios"
    touch "$TREE/scenarios/a.scn"
    { printf '#!/bin/bash\n' && printf 'echo "%s"\n' "$@" && printf 'exit %s\n' "$result"; } >"$FAKES/ksim"
}

case_test_command_counts_scenario_runs() {
    ready_for_tests
    scenarios_say 1 "a.scn:1:1: expectation failed" "FAIL a: seed 2" \
        "FAIL a: 9 of 10 seeds, virtual 2.000 s, first failing seed 2" "PASS b: 10 of 10 seeds, virtual 2.000 s" \
        "PASS c: virtual 2.000 s, wall 0.100 s, 12 events, trace 00, seed 1" "FAIL d: virtual 2.000 s, seed 1"
    run_tool "$TREE/tests/run" scenarios
    expect_code 1
    expect "$out" "a.scn:1:1: expectation failed"
    expect "$out" "failed: release: a: 9 of 10 seeds"
    refuse "$out" "failed: release: a: seed 2"
    last_line "20 passed, 2 failed"
}

case_test_command_runs_scenarios_under_a_sanitizer_too() {
    ready_for_tests
    scenarios_say 0 "PASS a: 2 of 2 seeds, virtual 2.000 s"
    run_tool "$TREE/tests/run" asan
    expect_code 0
    last_line "9 passed, 0 failed"
}

# Comparisons of traces that print the given lines and end with the given code: traces_say CODE LINE...
traces_say() {
    local result=$1 folder=$TREE/tests/sim/determinism
    shift
    mkdir -p "$folder"
    { printf '#!/bin/bash\n' && printf 'echo "%s"\n' "$@" && printf 'exit %s\n' "$result"; } >"$folder/same_traces.sh"
    cp "$folder/same_traces.sh" "$folder/same_sweeps.sh"
    chmod +x "$folder"/*.sh
}

case_test_command_adds_up_compared_traces() {
    ready_for_tests
    traces_say 0 "5 passed, 0 failed"
    run_tool "$TREE/tests/run" traces valgrind
    expect_code 0
    last_line "15 passed, 0 failed"
}

case_test_command_fails_when_traces_differ() {
    ready_for_tests
    traces_say 1 "seed 1: expected PASS 1, got PASS 2" "4 passed, 2 failed"
    run_tool "$TREE/tests/run" traces
    expect_code 1
    expect "$out" "seed 1: expected PASS 1, got PASS 2"
    expect "$out" "failed: traces: gcc, clang, asan"
    expect "$out" "failed: traces: all scenarios"
    last_line "8 passed, 4 failed"
}

case_test_command_fails_when_no_trace_was_compared() {
    ready_for_tests
    traces_say 0 "what for"
    run_tool "$TREE/tests/run" valgrind
    expect_code 1
    last_line "0 passed, 1 failed"
}

case_test_command_fails_when_ksim_ends_without_a_verdict() {
    ready_for_tests
    scenarios_say 4 "PASS a: virtual 2.000 s, seed 1"
    run_tool "$TREE/tests/run" scenarios
    expect_code 1
    last_line "1 passed, 1 failed"
}

case_test_command_fails_when_no_scenario_ran() {
    ready_for_tests
    scenarios_say 0 "nothing to do"
    run_tool "$TREE/tests/run" scenarios
    expect_code 1
    last_line "0 passed, 1 failed"
}

case_test_command_fails_when_there_is_nothing_to_run() {
    ready_for_tests
    run_tool "$TREE/tests/run" scenarios
    expect_code 1
    last_line "0 passed, 0 failed"
}

case_test_command_refuses_unknown_areas() {
    ready_for_tests
    run_tool "$TREE/tests/run" sideways
    expect_code 2
    expect "$words" "got sideways"
}

if [ "${1-}" = --list ]; then
    compgen -A function case_ | sed 's/^case_//'
    exit 0
fi
declare -F "case_${1-}" >/dev/null || {
    printf 'launcher.sh: expected a case, got `%s`\n' "${1-}" >&2
    exit 2
}
furnish
"case_$1"
