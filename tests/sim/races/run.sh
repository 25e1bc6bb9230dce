#!/usr/bin/env bash
# Races in handlers and in the server end a run under ThreadSanitizer: run.sh KSIM LIBRARIES SCENARIOS
set -u
ksim=$1
libraries=$2
scenarios=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cp "$libraries/libracing.so" "$work" || exit 1
cd "$work" || exit 1
failures=0

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; tail -n 40 <<<"$out"; failures=$((failures + 1)); fi
}

says() { [[ "$out" == *"$1"* ]]; }

# The report is in the output, it names FILE, and the run failed.
is_found_in() { # FILE
  [[ "$out" == *"WARNING: ThreadSanitizer: data race"*"/$1:"*"SUMMARY: ThreadSanitizer: data race "*"repeat: "*"FAIL "* ]] &&
    [ "$code" -eq 4 ]
}

is_clean() { ! says ThreadSanitizer && [ "$code" -eq 0 ]; }

run() {
  out=$("$ksim" --quiet "$@" 2>&1)
  code=$?
}

write_scenario() { # NAME SERVERS HANDLER
  local server
  {
    echo "cluster brokers=1"
    echo "topic   orders partitions=4"
    for server in $2; do
      echo "server  $server workers=2"
      echo "handler $server orders use ./libracing.so:$3"
    done
    echo "at 0    load orders 100"
    for server in $2; do echo "at 0    start $server"; done
    for server in $2; do echo "at 15s  signal $server TERM"; done
    for server in $2; do echo "by 25s  expect exit $server code=0"; done
  } >"$1.scn"
}

write_scenario workers_racing "s1" consume_racing
write_scenario workers_locked "s1" consume_locked
write_scenario servers_racing "s1 s2" consume_racing
write_scenario servers_locked "s1 s2" consume_locked

run --seeds 1..2 --junit results.xml workers_racing.scn
out=$(<results.xml)
check "JUnit has the report too" says "WARNING: ThreadSanitizer: data race"

for who in workers servers; do
  run --seeds 1..2 "${who}_racing.scn"
  check "two $who that share a counter are found" is_found_in racing.c
  check "and all seeds failed" says "0 passed, 2 failed"
  run --seeds 1..2 "${who}_locked.scn"
  check "two $who that share it under a lock are not accused" is_clean
done

# Of each place in the order of locks (src/base/lock.h): what it protects is found when ThreadSanitizer overlooks the lock.
overlooked() { # PLACE FILE SCENARIO
  out=$(OVERLOOKED_LOCK=$1 LD_PRELOAD=$libraries/liboverlooked_lock.so "$ksim" --quiet "$scenarios/$3" 2>&1)
  code=$?
  check "the lock \`$1\` protects what $2 shares" is_found_in "$2"
  tried+=("$1")
}

tried=(none)
overlooked "server" src/server/server.c forceful_shutdown.scn
overlooked "worker pool" src/server/worker.c forceful_shutdown.scn
overlooked "jobs queue" src/server/jobs_queue.c forceful_shutdown.scn
overlooked "consumer" src/server/dlq.c retries/dead_letter_after_three_retries_then_goes_on.scn
overlooked "statistics" src/tracking/statistics.c forceful_shutdown.scn
overlooked "status" src/server/status.c forceful_shutdown.scn
overlooked "listener" src/server/listener.c forceful_shutdown.scn
overlooked "forceful helper" src/server/force.c forceful_shutdown.scn
overlooked "signal dispatch" src/ports/signals.c forceful_shutdown.scn
overlooked "tracker" src/tracking/jobs.c forceful_shutdown.scn
overlooked "reporter" src/tracking/reporter.c forceful_shutdown.scn
overlooked "report dispatch" src/tracking/dispatch.c forceful_shutdown.scn
overlooked "report scheduler" src/tracking/scheduler.c forceful_shutdown.scn
overlooked "liveness" src/swarm/liveness.c swarm/crashed_node_is_forked_again_after_the_backoff.scn
overlooked "member" src/kafka/consumer.c forceful_shutdown.scn
overlooked "producer" src/kafka/producer.c forceful_shutdown.scn
# Left out: `emission`, because nothing within an emission gives way to another thread, and further locks order one after
# the other; `carafe`, which belongs to the interface for embedders and is not in ksim.
tried+=(emission carafe)
out=$(diff <(printf '%s\n' "${tried[@]}" | sort) <(sed -n 's/^ *PLACE([A-Z_]*, "\([a-z ]*\)", [A-Z_]*).*/\1/p' "$scenarios/../src/base/lock.h" | cat - <(echo none) | sort))
check "no place is left out" test -z "$out"

test "$failures" -eq 0
