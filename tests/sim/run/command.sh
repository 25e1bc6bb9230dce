#!/usr/bin/env bash
# What ksim says, writes and ends with, from the command line: command.sh KSIM SCENARIO.  SCENARIO ends by force.
set -u
ksim=$1
scenario=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; tail -n 20 <<<"$out"; failures=$((failures + 1)); fi
}

# Runs ksim; leaves `out`, what it said on both streams, and `code`.
run() {
  out=$("$ksim" "$@" 2>&1)
  code=$?
}

says() { [[ "$out" == *"$1"* ]]; }
ends() { [ "$code" -eq "$1" ]; }

cat >"$work/wrong.scn" <<'END'
# Why: to fail.
set wish = stopping
cluster brokers=1
topic   orders partitions=1
server  s1 group=billing
handler s1 orders takes=1ms
at 0    start s1
by +5s  expect s1 status $wish
END
echo nonsense >"$work/nonsense.scn"

run --help
check "help is no failure" ends 0
check "and names the options" says "--reports DIR"
run --version
check "the version" says "ksim "
run
check "nothing to run is a usage error" ends 2
run --check "$work"
check "a file that is no scenario ends with 2" ends 2
check "and is shown" says "nonsense.scn:1:1: "
run "$work/missing.scn"
check "so does a file that is not there" ends 2

run "$work/wrong.scn"
check "an expectation that fails ends with 1" ends 1
check "its line is shown" says "8 | by +5s  expect s1 status \$wish"
check "and how to repeat it" says "repeat: $ksim --seed 1 $work/wrong.scn"

mkdir "$work/it's a folder"
cp "$work/wrong.scn" "$work/it's a folder/wrong.scn"
run --quiet --backend threads -D 'wish=stopped' "$work/it's a folder/wrong.scn"
first=$out
repeat=$(sed -n 's/^  repeat: //p' <<<"$out")
out=$(eval "$repeat --quiet" 2>&1)
code=$?
check "the command that repeats works as it stands" ends 1
check "and repeats the very run" test "$(grep -o 'trace [0-9a-f]*' <<<"$first")" = "$(grep -o 'trace [0-9a-f]*' <<<"$out")"

"$ksim" --seeds 1..5000 -j 2 --junit "$work/stopped.xml" "$scenario" >"$work/stopped" &
sweep=$!
while [ "$(ps -o pid= --ppid "$sweep" | wc -l)" -eq 0 ]; do :; done
kill -TERM "$sweep"
wait "$sweep"
code=$?
out=$(cat "$work/stopped")
check "a sweep that is stopped ends by the signal" ends 143
check "and says what was done" says "stopped by signal 15 (Terminated) after "
check "and how it went" says " passed, 0 failed"
check "its JUnit file is whole" python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$work/stopped.xml"
check "none of its children is left" test -z "$(pgrep -f -- "--junit $work/stopped.xml")"

run --quiet --seeds 1..3 "$work/wrong.scn"
check "all seeds are tried" says "0 of 3 seeds"
run --quiet -D wish=running "$work/wrong.scn"
check "a definition on the command line wins" ends 0

run --verbose --trace "$work/trace" --reports "$work/reports" "$scenario"
check "a scenario passes with a trace and reports" ends 0
check "every event is in the timeline" says "connection.listener.stopping"
events=$(sed -n -E 's/^PASS .* ([0-9]+) events, .*/\1/p' <<<"$out")
check "the trace has a line for each event" test "$(wc -l <"$work/trace")" -eq "${events:--1}"
check "each of them JSON with a time" python3 -c 'import json, sys; [json.loads(line)["t"] for line in sys.stdin]' \
  <"$work/trace"
check "each report is there as it was sent" test "$(find "$work/reports" -name '*.bin' | wc -l)" -gt 0
check "and inflated" python3 -c '
import glob, json, sys, zlib
for path in glob.glob(sys.argv[1] + "/*.json"):
    sent = zlib.decompress(open(path[:-4] + "bin", "rb").read())
    assert json.loads(sent) == json.load(open(path)), path
' "$work/reports"
check "the index names them all" test "$(wc -l <"$work/reports/index.jsonl")" -eq \
  "$(find "$work/reports" -name '*.bin' | wc -l)"
run --quiet --trace "$work/none/trace" "$scenario"
check "a trace that cannot be written ends with 2" ends 2
check "and is named" says "$work/none/trace"
if [ -w /dev/full ]; then
  run --quiet --trace /dev/full "$scenario"
  check "a trace for which there is no room ends with 2" ends 2
  check "and says so" says "trace: expected room for every line"
fi
run --quiet --trace "$work/trace" --seeds 1..2 "$scenario"
check "one trace cannot hold two runs" ends 2

test "$failures" -eq 0
