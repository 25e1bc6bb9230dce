# A program beside a Kafka on loopback, and what it says.  Sourced by tests of whole programs; `programs` is the folder of
# programs.  Nothing here waits for time to pass: it waits for lines, 30 s at most.  Descriptor 8 is what the program says;
# the Kafka lives as long as descriptor 9 is open.

scratch=$(mktemp -d) || exit 1
failures=0
claim=
program=
broker=
mkfifo "$scratch/broker" "$scratch/address" "$scratch/log" || exit 1

clean_up() {
    [ -z "$program" ] || kill -KILL "$program" 2>/dev/null
    kafka_ends
    rm -rf "$scratch"
}
trap clean_up EXIT

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

check() { # WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then printf 'ok: %s\n' "$what"; else fail "$what"; fi
}

kafka_begins() { # TOPIC[:PARTITIONS[:MESSAGES]]...: sets `address`
    "$programs/mock_broker" "$@" <"$scratch/broker" >"$scratch/address" &
    broker=$!
    exec 9>"$scratch/broker"
    read -r address <"$scratch/address" || exit 1
}

kafka_ends() {
    exec 9>&-
    [ -z "$broker" ] || wait "$broker"
    broker=
}

begins() { # COMMAND...
    "$@" >"$scratch/log" 2>&1 9>&- &
    program=$!
    exec 8<"$scratch/log"
    : >"$scratch/said"
}

# Read up to the $2th (1st) line that has $1; `found` is the last of them.
saw() {
    local left=${2:-1}
    while [ "$left" -gt 0 ] && read -r -t 30 found <&8; do
        printf '%s\n' "$found" >>"$scratch/said"
        case $found in *"$1"*) left=$((left - 1)) ;; esac
    done
    [ "$left" = 0 ]
}

await() {
    saw "$@" || fail "$claim: no line '$1'"
}

# It ends: `code` is how, `rest` what it said since the last line that was waited for, $scratch/said all of it.
ends() {
    rest=$(timeout 30 cat <&8)
    printf '%s\n' "$rest" >>"$scratch/said"
    wait "$program"
    code=$?
    program=
    exec 8<&-
}

# The exit code must be $1.
ends_with() {
    ends
    if [ "$code" = "$1" ]; then
        printf 'ok: %s\n' "$claim"
    else
        fail "$claim: exit $code, expected $1: $rest"
    fi
}
