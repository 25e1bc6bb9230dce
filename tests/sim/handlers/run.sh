#!/usr/bin/env bash
# Handlers that go wrong harm their own run only, and are told apart: run.sh KSIM LIBRARY
set -u
ksim=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/folder"
cp "$2" "$work/folder/libmisbehaving.so"
cd "$work" || exit 1
failures=0

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; tail -n 20 <<<"$out"; failures=$((failures + 1)); fi
}

run() {
  out=$("$ksim" --quiet "$@" 2>&1)
  code=$?
}

says() { [[ "$out" == *"$1"* ]]; }
ends() { [ "$code" -eq "$1" ]; }

for name in crash block spin deadlock count_batch absent; do
  cat >"folder/$name.scn" <<END
cluster brokers=1
topic   orders partitions=2
server  s1 workers=1
handler s1 orders use ./libmisbehaving.so:$name
at 0    load orders 4
at 0    start s1
at 10s  signal s1 TERM
by 12s  expect exit s1 code=0
END
done

run folder/absent.scn
check "a symbol that is not there ends with 2" ends 2
check "at its place" says "folder/absent.scn:4:23: use: expected a function that folder/./libmisbehaving.so exports, got absent"
check "which is shown" says "    4 | handler s1 orders use ./libmisbehaving.so:absent"
run --check folder/absent.scn
check "--check finds it too" ends 2

sed 's/libmisbehaving/none/' folder/crash.scn >folder/none.scn
run folder/none.scn
check "a shared object that is not there ends with 2" ends 2
check "at its place, looked for beside the scenario" says 'folder/none.scn:4:23: use: expected a shared object that can be loaded, got "folder/./none.so'
echo "no object" >folder/none.so
run folder/none.scn
check "so does a file that is none" says 'none.scn:4:23: use: expected a shared object that can be loaded, got'

(cd folder && "$ksim" --quiet count_batch.scn >/dev/null 2>&1)
check "a path counts from the scenario's folder, also in it" test $? -eq 0
sed 's/ .\/libm/ libm/' folder/count_batch.scn >folder/bare.scn
(cd folder && "$ksim" --quiet bare.scn >/dev/null 2>&1)
check "and without a slash" test $? -eq 0

run --seeds 1..2 folder/crash.scn folder/count_batch.scn
check "a handler that crashes is an internal error" ends 4
check "that names scenario and signal" says "crash.scn: internal error: the run died by signal 6 (Aborted)"
check "and what came before" says "  last event: s1 consumer.consume "
check "and its seed" says "FAIL crash.scn: seed 2"
check "while other runs go on" says "PASS count_batch.scn: 2 of 2 seeds"

for name in block spin; do
  run --wall-limit 1 "folder/$name.scn"
  check "a handler that ${name}s for real ends by the watchdog" ends 4
  check "which names scenario and limit" says "$name.scn: internal error: world: watchdog: more than 1000 ms of real time"
  check "and the thread" says "running: s1: handler of orders/"
done

run folder/deadlock.scn
check "a handler that waits for its own lock fails the run" ends 1
check "by invariant 13" says "deadlock.scn: invariant 13 failed: "
check "with the thread and what it was about" says "s1: handler of orders/"

cat >folder/garbage.scn <<END
cluster brokers=1
topic   orders
server  s1 workers=1 pause_timeout=100ms pause_max_timeout=200ms
handler s1 orders use ./libmisbehaving.so:garbage
at 0    load orders 4
at 0    start s1
by 10s  expect event s1 error.occurred class=HandlerError message="consume: expected 0, got -2147483648" attempt=1
by 10s  expect event s1 error.occurred class=HandlerError message="consume: expected 0, got 42" attempt=2
by 10s  expect event s1 error.occurred type=consumer.consume.error times=4
by 10s  expect processed s1 orders = 4
by 20s  expect errors s1 = 4
by 20s  expect committed orders = 4
at 20s  signal s1 TERM
by 22s  expect exit s1 code=0
never   event s1 error.occurred class=Said
never   event s1 error.occurred times>=5
END
run folder/garbage.scn
check "a handler that returns and says garbage is tried again, each failure in a sound document" ends 0

cat >folder/later.scn <<END
cluster brokers=1
topic   orders
server  s1
handler s1 orders takes=1ms
at 0    load orders 8
at 0    start s1
at 10s  handler s1 orders from_offset=10 use ./libmisbehaving.so:count_batch
at 11s  load orders 4
by +2s  expect processed s1 orders = 12
at 15s  load orders 8
by +2s  expect event s1 error.occurred class=TooMany
at 30s  signal s1 TERM
END
run folder/later.scn
check "a handler takes over with its time, for its offsets only" ends 0

cat >folder/lines.scn <<END
cluster brokers=1
topic   orders partitions=2
server  s1 workers=1 pause_timeout=1s
handler s1 orders
handler s1 orders/1 fails=1
at 0    load orders 20
at 0    start s1
in 0..20s   expect job s1 orders/1 failed times=1
at 20s      handler s1 orders/0 fails=pattern(xx.)
at 20s      load orders/0 3
in 20s..50s expect job s1 orders/0 failed times=2
at 60s      signal s1 TERM
END
run --seeds 1..10 folder/lines.scn
check "each line counts the calls that are its own, from when it takes over" ends 0

cat >folder/sizes.scn <<END
cluster brokers=1
topic   orders
topic   out
server  s1
handler s1 orders produces=out produce_size=900KiB
at 0    load orders 2 size=1MiB
at 0    start s1
by 20s  expect produced out = 2
at 21s  handler s1 orders produces=out produce_size=1MiB
at 22s  load orders 1 size=1
by 40s  expect error s1 error_class=ProduceError error_message ~ MSG_SIZE_TOO_LARGE
END
run folder/sizes.scn
check "records are loaded and produced in the size that is asked for" ends 0

test "$failures" -eq 0
