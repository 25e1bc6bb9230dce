#!/bin/bash
#
# `carafe swarm` as processes: forks, a kill, a replacement, signals and exit codes, against a Kafka on loopback.
#   swarm_signals.sh FOLDER_OF_PROGRAMS
# Nothing here waits for time to pass: it waits for lines of the log.  Exit code: 0 all as specified.

set -u
programs=$1
scratch=$(mktemp -d) || exit 1
failures=0
swarm=
broker=

clean_up() {
    [ -z "$swarm" ] || kill -KILL "$swarm" 2>/dev/null
    exec 9>&-
    [ -z "$broker" ] || wait "$broker"
    rm -rf "$scratch"
}
trap clean_up EXIT

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# The broker lives as long as descriptor 9 is open.
mkfifo "$scratch/broker" "$scratch/address" "$scratch/log"
"$programs/mock_broker" orders:6:2 <"$scratch/broker" >"$scratch/address" &
broker=$!
exec 9>"$scratch/broker"
read -r address <"$scratch/address" || exit 1

printf '{"kafka": {"bootstrap.servers": "%s", "session.timeout.ms": 6000},
         "groups": {"g": {"topics": {"orders": {"handler": "log"}}}},
         "shutdown_timeout_ms": %d, "forceful_shutdown_wait_ms": 300, "swarm": {"nodes": 3, "restart_backoff_ms": 100}}' \
    "$address" 10000 >"$scratch/swarm.json"

start() {
    "$programs/carafe" swarm "$scratch/swarm.json" >"$scratch/log" 2>&1 9>&- &
    swarm=$!
    exec 8<"$scratch/log"
}

# Read the log up to the $2th (1st) line that has $1; `found` is the last of them.
await() {
    local left=${2:-1}
    while [ "$left" -gt 0 ] && read -r -t 30 found <&8; do
        case $found in *"$1"*) left=$((left - 1)) ;; esac
    done
    [ "$left" = 0 ] || fail "$claim: no line '$1'"
}

# Read the log until both of these have come, in whatever order: two processes write it.
await_both() {
    local first= second=
    while [ -z "$first" ] || [ -z "$second" ]; do
        read -r -t 30 found <&8 || break
        case $found in *"$1"*) first=$found ;; *"$2"*) second=$found ;; esac
    done
    [ -n "$first" ] && [ -n "$second" ] || fail "$claim: no lines '$1' and '$2'"
    found=$first
}

ends_with() {
    said=$(timeout 30 cat <&8)
    wait "$swarm"
    local code=$?
    swarm=
    exec 8<&-
    if [ "$code" = "$1" ]; then
        printf 'ok: %s\n' "$claim"
    else
        fail "$claim: exit $code, expected $1: $said"
    fi
}

claim='three nodes share the topic; one that is killed comes back; TERM ends all gracefully'
start
await 'after_fork: node 2'
await 'rebalance.partitions_assigned: g_0: 2 partitions' 3
victim=$(pgrep -P "$swarm" | head -1)
kill -KILL "$victim"
await 'ended by signal 9'
await_both 'swarm.manager.after_fork' 'app.running'
[ "${found##* }" != "$victim" ] || fail "$claim: the same process"
[ "$(pgrep -c -P "$swarm")" = 3 ] || fail "$claim: expected 3 nodes"
kill -TERM "$swarm"
await 'exit code 0' 3
ends_with 0
case $said in *app.terminated*) ;; *) fail "$claim: no app.terminated" ;; esac

claim='a node that is stuck is killed, and the exit code says so'
sed -i 's/"shutdown_timeout_ms": 10000/"shutdown_timeout_ms": 300/' "$scratch/swarm.json"
start
await 'app.running' 3
kill -STOP "$(pgrep -P "$swarm" | head -1)"
kill -TERM "$swarm"
await 'swarm.manager.terminating'
await 'ForcefulShutdownError'
ends_with 2

claim='nodes without a supervisor stop by themselves'
sed -i 's/"shutdown_timeout_ms": 300/"shutdown_timeout_ms": 10000/' "$scratch/swarm.json"
start
await 'app.running' 3
kill -KILL "$swarm"
await 'expected a supervisor, got none' 3
ends_with 137

claim='a wrong setting starts nothing'
sed -i 's/session.timeout.ms/sesion.timeout.ms/' "$scratch/swarm.json"
start
await 'session.timeout.ms'
ends_with 64

[ "$failures" = 0 ]
