#!/bin/bash
#
# A secret is seen nowhere: not in what a server logs, librdkafka's own words for debugging included, nor in reports, error
# documents, traces and mistakes.
#   secrets.sh FOLDER_OF_PROGRAMS
# Exit code: 0 seen nowhere.

set -u
programs=$1

. "$(dirname "$0")/beside_kafka.sh"
export CARAFE_TEST_PASSWORD=seen-nowhere-1
printf 'seen-nowhere-2' >"$scratch/key_password"
kafka_begins orders:1:1

says() { grep -qF -- "$1" "$scratch/said"; }
hides() { # also as librdkafka might write it
    ! grep -rqF -e seen-nowhere -e "$(printf '\0user\0seen-nowhere-1' | base64)" "$1"
}

# configuration PROTOCOL
configuration() {
    printf '{"kafka": {"bootstrap.servers": "%s", "security.protocol": "%s", "sasl.mechanism": "PLAIN",
             "sasl.username": "user", "sasl.password": {"env": "CARAFE_TEST_PASSWORD"},
             "ssl.key.password": {"file": "%s"}}, "shutdown_timeout_ms": 3000,
             "groups": {"g": {"topics": {"orders": {"handler": "log"}}}}}' \
        "$address" "$1" "$scratch/key_password" >"$scratch/server.json"
}

# run UNTIL: what it says up to a line with UNTIL, and after a TERM, is kept.
run() {
    begins "$programs/carafe" server "$scratch/server.json"
    saw "$1"
    kill -TERM "$program"
    ends
}

configuration plaintext
run rebalance.partitions_assigned
check 'a server with secrets runs, and ends gracefully' test "$code" = 0
check 'no secret is in the log of a life' hides "$scratch/said"

configuration sasl_plaintext
run librdkafka.error
check 'a server that nobody lets in says so' says librdkafka.error
check 'no secret is in what it says' hides "$scratch/said"

configuration plaintext
sed -i 's/{"env": "CARAFE_TEST_PASSWORD"}/"seen-nowhere-3"/' "$scratch/server.json"
"$programs/carafe" server "$scratch/server.json" >"$scratch/said" 2>&1
check 'a secret in the configuration itself is refused' test $? = 64
check 'by its place' says 'kafka.sasl.password: expected {"env": NAME} or {"file": PATH} for a secret, got a value'
check 'and not shown' hides "$scratch/said"

configuration plaintext
CARAFE_TEST_PASSWORD=$(printf 'seen-nowhere\n4') "$programs/carafe" server --include-topics none "$scratch/server.json" >"$scratch/said" 2>&1
check 'another mistake beside secrets is told' says 'none'
check 'without them' hides "$scratch/said"

# Where reports, error documents and traces can be read: in the simulator.
cat >"$scratch/secrets.scn" <<'END'
topic   orders
server  s1 kafka.sasl.password=seen-nowhere-5 kafka.ssl.key.password=seen-nowhere-6 kafka.debug=all workers=1 report_schema=1.7.0
handler s1 orders fails=1 takes=1ms
at 0    load orders 3
at 0    start s1
by 20s  expect processed s1 orders = 3
at 21s  signal s1 TTIN
at 25s  signal s1 TERM
by +3s  expect exit s1 code=0
END
mkdir "$scratch/seen"
"$programs/ksim" --verbose --trace "$scratch/seen/trace" --reports "$scratch/seen/reports" "$scratch/secrets.scn" >"$scratch/seen/said" 2>&1
check 'a simulated life passes' test $? = 0
check 'its trace has what librdkafka says of its settings' grep -qF 'sasl.password = [redacted]' "$scratch/seen/trace"
check 'and documents' test -n "$(ls "$scratch/seen/reports")"
check 'no secret is in timeline, trace, reports or error documents' hides "$scratch/seen"

[ "$failures" = 0 ]
