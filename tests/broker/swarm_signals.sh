#!/bin/bash
#
# `carafe swarm` as processes: forks, a kill, a replacement, signals and exit codes, against a Kafka on loopback.
#   swarm_signals.sh FOLDER_OF_PROGRAMS
# Exit code: 0 all as specified.

set -u
programs=$1

. "$(dirname "$0")/beside_kafka.sh"
kafka_begins orders:6:2

printf '{"kafka": {"bootstrap.servers": "%s", "session.timeout.ms": 6000},
         "groups": {"g": {"topics": {"orders": {"handler": "log"}}}},
         "shutdown_timeout_ms": %d, "forceful_shutdown_wait_ms": 300, "swarm": {"nodes": 3, "restart_backoff_ms": 100}}' \
    "$address" 10000 >"$scratch/swarm.json"

start() {
    begins "$programs/carafe" swarm "$scratch/swarm.json"
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

claim='three nodes share the topic; one that is killed comes back; TERM ends all gracefully'
start
await 'after_fork: node 2'
await 'rebalance.partitions_assigned: g_0: 2 partitions' 3
victim=$(pgrep -P "$program" | head -1)
kill -KILL "$victim"
await 'ended by signal 9'
await_both 'swarm.manager.after_fork' 'app.running'
[ "${found##* }" != "$victim" ] || fail "$claim: the same process"
[ "$(pgrep -c -P "$program")" = 3 ] || fail "$claim: expected 3 nodes"
kill -TERM "$program"
await 'exit code 0' 3
ends_with 0
case $rest in *app.terminated*) ;; *) fail "$claim: no app.terminated" ;; esac

claim='a node that is stuck is killed, and the exit code says so'
sed -i 's/"shutdown_timeout_ms": 10000/"shutdown_timeout_ms": 300/' "$scratch/swarm.json"
start
await 'app.running' 3
kill -STOP "$(pgrep -P "$program" | head -1)"
kill -TERM "$program"
await 'swarm.manager.terminating'
await 'ForcefulShutdownError'
ends_with 2

claim='nodes without a supervisor stop by themselves'
sed -i 's/"shutdown_timeout_ms": 300/"shutdown_timeout_ms": 10000/' "$scratch/swarm.json"
start
await 'app.running' 3
kill -KILL "$program"
await 'expected a supervisor, got none' 3
ends_with 137

claim='a wrong setting starts nothing'
sed -i 's/session.timeout.ms/sesion.timeout.ms/' "$scratch/swarm.json"
start
await 'session.timeout.ms'
ends_with 64

[ "$failures" = 0 ]
