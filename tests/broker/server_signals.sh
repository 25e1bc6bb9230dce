#!/bin/bash
#
# `carafe server` as a process: every signal and every exit code, against a Kafka on loopback.
#   server_signals.sh FOLDER_OF_PROGRAMS HANGING_HANDLER.so
# Nothing here waits for time to pass: it waits for lines of the server's log.  Exit code: 0 all as specified.

set -u
programs=$1
hanging=$2
scratch=$(mktemp -d) || exit 1
failures=0
server=
broker=

clean_up() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
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
"$programs/mock_broker" orders:2:1 empty:1 <"$scratch/broker" >"$scratch/address" &
broker=$!
exec 9>"$scratch/broker"
read -r address <"$scratch/address" || exit 1

# configuration TOPIC HANDLER SHUTDOWN_TIMEOUT_MS
configuration() {
    printf '{"kafka": {"bootstrap.servers": "%s", "session.timeout.ms": 6000},
             "groups": {"g%s": {"topics": {"%s": {"handler": "%s"}}}},
             "shutdown_timeout_ms": %d, "forceful_shutdown_wait_ms": 300}' \
        "$address" "$RANDOM" "$1" "$2" "$3" >"$scratch/server.json"
}

start() {
    "$programs/carafe" server "$@" "$scratch/server.json" >"$scratch/log" 2>&1 9>&- &
    server=$!
    exec 8<"$scratch/log"
}

# Read the log up to a line that has $1.
await() {
    local line
    while read -r -t 30 line <&8; do
        case $line in *"$1"*) return 0 ;; esac
    done
    fail "$claim: no line '$1'"
}

# The exit code must be $1; whatever the server still says is kept in $said.
ends_with() {
    said=$(timeout 30 cat <&8)
    wait "$server"
    local code=$?
    server=
    exec 8<&-
    if [ "$code" = "$1" ]; then
        printf 'ok: %s\n' "$claim"
    else
        fail "$claim: exit $code, expected $1: $said"
    fi
}

configuration empty log 10000
for signal in TERM INT QUIT HUP; do
    claim="$signal stops gracefully"
    start
    await app.running
    kill -"$signal" "$server"
    await "signal $signal"
    ends_with 0
done

claim='TSTP quiets, TERM then stops, repeated or not'
start
await app.running
kill -TSTP "$server"
await 'signal TSTP'
await app.quiet
kill -TERM "$server"
kill -TERM "$server"
await app.terminated
ends_with 0

claim='TTIN tells what every thread does, USR1 and USR2 do nothing'
start
await partitions_assigned # by then every worker runs
kill -USR1 "$server"
kill -USR2 "$server"
kill -TTIN "$server"
await 'worker 0: idle'
kill -TERM "$server"
ends_with 0

claim='a handler that hangs is forced, with its culprits in the log'
configuration orders "$hanging:hanging_handler" 300
start
await hanging
kill -TERM "$server"
await app.stopping
await ForcefulShutdownError
ends_with 2
case $said in *app.stopped*) fail 'a forced process said stopped' ;; esac

claim='unknown names of the activity options'
configuration empty log 10000
start --include-topics nope --exclude-groups neither
await nope
await neither
ends_with 64

claim='wrong arguments'
for wrong in --no-such-option --include-topics; do
    start "$wrong" 2>/dev/null
    await 'carafe server:'
    ends_with 64
done

claim='a wrong configuration'
printf '{"concurency": 1}' >"$scratch/server.json"
start
await 'concurency: expected a known key such as concurrency'
ends_with 64

claim='a wrong setting'
printf '{"kafka": {"sesion.timeout.ms": 1}, "groups": {"g": {"topics": {"t": {"handler": "log"}}}}}' >"$scratch/server.json"
start
await 'session.timeout.ms'
ends_with 64

claim='what is wrong in form and in substance, at once, each with its path'
printf '{"workers": 1, "concurrency": 0, "kafka": {"acks": "many"}, "groups": {"g": {"topics":
         {"t": {"handler": "log", "kafka": {"fetch.min.byte": 1}, "dead_letters": {"topic": "t"}}}}}}' >"$scratch/server.json"
start
await 'server.json: workers: expected one of groups, kafka, concurrency, '
await 'server.json: concurrency: expected 1 to 10000, got 0'
await 'server.json: groups.g.topics.t.dead_letters.topic: expected another topic, got itself'
await 'server.json: kafka.acks: expected a value that librdkafka takes, got '
await 'server.json: groups.g.topics.t.kafka.fetch.min.byte: expected a setting of librdkafka such as fetch.min.bytes'
ends_with 64

[ "$failures" = 0 ]
