#!/bin/bash
#
# `carafe server` as a process: every signal and every exit code, against a Kafka on loopback.
#   server_signals.sh FOLDER_OF_PROGRAMS HANGING_HANDLER.so
# Exit code: 0 all as specified.

set -u
programs=$1
hanging=$2

. "$(dirname "$0")/beside_kafka.sh"
kafka_begins orders:2:1 empty:1

# configuration TOPIC HANDLER SHUTDOWN_TIMEOUT_MS
configuration() {
    printf '{"kafka": {"bootstrap.servers": "%s", "session.timeout.ms": 6000},
             "groups": {"g%s": {"topics": {"%s": {"handler": "%s"}}}},
             "shutdown_timeout_ms": %d, "forceful_shutdown_wait_ms": 300}' \
        "$address" "$RANDOM" "$1" "$2" "$3" >"$scratch/server.json"
}

start() {
    begins "$programs/carafe" server "$@" "$scratch/server.json"
}

configuration empty log 10000
for signal in TERM INT QUIT HUP; do
    claim="$signal stops gracefully"
    start
    await app.running
    kill -"$signal" "$program"
    await "signal $signal"
    ends_with 0
done

claim='TSTP quiets, TERM then stops, repeated or not'
start
await app.running
kill -TSTP "$program"
await 'signal TSTP'
await app.quiet
kill -TERM "$program"
kill -TERM "$program"
await app.terminated
ends_with 0

claim='TTIN tells what every thread does, USR1 and USR2 do nothing'
start
await partitions_assigned # by then every worker runs
kill -USR1 "$program"
kill -USR2 "$program"
kill -TTIN "$program"
await 'worker 0: idle'
kill -TERM "$program"
ends_with 0

claim='a handler that hangs is forced, with its culprits in the log'
configuration orders "$hanging:hanging_handler" 300
start
await hanging
kill -TERM "$program"
await app.stopping
await ForcefulShutdownError
ends_with 2
case $rest in *app.stopped*) fail 'a forced process said stopped' ;; esac

claim='unknown names of the activity options'
configuration empty log 10000
start --include-topics nope --exclude-groups neither
await nope
await neither
ends_with 64

claim='an unknown subcommand'
begins "$programs/carafe" serve
await 'carafe: expected server, swarm, install or validate, got serve'
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
