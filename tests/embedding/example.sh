#!/bin/bash
#
# The example program in each of its modes, beside a Kafka on loopback, and shorter than 40 lines.
#   example.sh FOLDER_OF_PROGRAMS SOURCE
# Nothing here waits for time to pass: it waits for lines of the program.  Exit code: 0 all as it should be.

set -u
programs=$1
source=$2
scratch=$(mktemp -d) || exit 1
failures=0
program=
broker=

clean_up() {
    [ -z "$program" ] || kill -KILL "$program" 2>/dev/null
    exec 9>&-
    [ -z "$broker" ] || wait "$broker"
    rm -rf "$scratch"
}
trap clean_up EXIT

check() { # WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; failures=$((failures + 1)); fi
}

mkfifo "$scratch/broker" "$scratch/address" "$scratch/input" "$scratch/output"

# Each mode has a broker of its own, whose group nobody has been a member of: it lives as long as descriptor 9 is open.
start() { # MODE
    "$programs/mock_broker" orders:1:1 <"$scratch/broker" >"$scratch/address" &
    broker=$!
    exec 9>"$scratch/broker"
    read -r address <"$scratch/address" || exit 1
    # stdbuf preloads a library of its own, which AddressSanitizer would object to.
    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" stdbuf -oL "$programs/example" "$1" "$address" <"$scratch/input" >"$scratch/output" 2>&1 9>&- &
    program=$!
    exec 7>"$scratch/input" 8<"$scratch/output"
}

# Read what it says up to the line $1.
await() {
    local line
    while read -r -t 30 line <&8; do
        [ "$line" != "$1" ] || return 0
    done
    return 1
}

ends_gracefully() {
    timeout 30 cat <&8 >"$scratch/said"
    wait "$program"
    local code=$?
    program=
    exec 7>&- 8<&- 9>&-
    wait "$broker"
    broker=
    [ "$code" = 0 ] && grep -qx app.terminated "$scratch/said"
}

check 'it is shorter than 40 lines' test "$(wc -l <"$source")" -lt 40

start standalone
check 'standalone: it consumes' await 'orders: 1 from 0'
check 'standalone: its subscriber hears of it' await consumer.consumed
kill -TERM "$program"
check 'standalone: TERM ends it' ends_gracefully

start embedded
check 'embedded: its partition is assigned' await rebalance.partitions_assigned
echo >&7
check 'embedded: the host ends it' ends_gracefully

start swarm
check 'swarm: a node has the partition' await rebalance.partitions_assigned
kill -TERM "$program"
check 'swarm: TERM ends all of it' ends_gracefully

[ "$failures" = 0 ]
