#!/usr/bin/env bash
#
# TERM at every moment of a life with a join, 200 messages, a retry pause and a quiet: term.sh KSIM
# Every 1 ms within 300 ms of each status change and of the assignment, every 50 ms elsewhere.  Twice: with handlers that
# always return the exit code is 0; with one that hangs it is 0 or 2, as invariant 9 demands of what was forced.
# Never a hang (invariants 10 and 13, and the limit), never a wrong order of states (invariant 4).
# The last line is `N passed, N failed`.
set -u
ksim=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
near_ms=300
quiet_ms=12000
end_ms=14000

# What lies before the TERM: life NAME HANDLER
life() {
  cat >"$work/$1.inc" <<SCENARIO
topic    orders partitions=2
server   s1 group=billing workers=2 kafka.session.timeout.ms=6000 shutdown_timeout=2s forceful_shutdown_wait=2s
handler  s1 orders takes=5ms
handler  s1 orders/1 from_offset=50 to_offset=50 $2
at 0     load orders 200
at 0     start s1
SCENARIO
}

# One run: scenario LIFE TERM_MS EXIT
scenario() {
  {
    echo "include \"../$1.inc\""
    [ "$2" -lt "$quiet_ms" ] || echo "at ${quiet_ms}ms signal s1 TSTP"
    echo "at ${2}ms signal s1 TERM"
    echo "in +0..+5s expect $3"
  } >"$work/$1/at_$(printf '%05d' "$2").scn"
}

# When, in whole ms, a life without a TERM changes its status or gets its partitions.
changes() {
  { echo "include \"$1.inc\""; echo "at ${quiet_ms}ms signal s1 TSTP"; echo "at ${end_ms}ms signal s1 TERM"; } >"$work/whole.scn"
  "$ksim" "$work/whole.scn" >"$work/whole.log" || { cat "$work/whole.log"; return 1; }
  awk '$2 == "s1" && ($3 ~ /^app\./ || $3 == "rebalance.partitions_assigned") { printf "%d\n", $1 * 1000 }' \
    "$work/whole.log" | sort -nu
}

# The first ms is left out: before signals are bound TERM does what it does by default.
times() {
  awk -v near="$near_ms" -v end="$end_ms" '
    { change[NR] = $1 }
    END {
      for (ms = 1; ms <= end; ms++) {
        wanted = ms % 50 == 0
        for (i in change) { wanted = wanted || (ms >= change[i] - near && ms <= change[i] + near) }
        if (wanted) { print ms }
      }
    }'
}

life returns fails=1
life hangs hangs
mkdir "$work/returns" "$work/hangs"
changes returns >"$work/changes" || { echo "0 passed, 1 failed"; exit 1; }
for ms in $(times <"$work/changes"); do
  scenario returns "$ms" "exit s1 code=0"
  [ $((ms % 50)) != 0 ] || scenario hangs "$ms" "exit s1"
done
printf 'status changes and assignment at %s ms: %d runs\n' "$(tr '\n' ' ' <"$work/changes")" \
  "$(find "$work/returns" "$work/hangs" -name '*.scn' | wc -l)"
"$ksim" --quiet --seeds 1..1 -j 2 "$work/returns" "$work/hangs" >"$work/log"
result=$?
grep -v '^PASS ' "$work/log"
exit "$result"
