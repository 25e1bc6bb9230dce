#!/usr/bin/env bash
# Bugs that were planted in handlers must be found: run.sh KSIM FOLDER
set -u
ksim=$1
cd "$2" || exit 1
failures=0

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; failures=$((failures + 1)); fi
}

out=$("$ksim" --quiet --seeds 1..200 lost_update.scn)
code=$?
lost=$(grep -c '^FAIL lost_update.scn: seed' <<<"$out")
first=$(grep -m1 -oP '^FAIL lost_update.scn: seed \K[0-9]+' <<<"$out")
check "a lost update fails for some seeds of 1..200 ($lost)" test "$lost" -gt 0
check "and passes for others" test "$lost" -lt 200
check "which is exit code 1" test "$code" -eq 1
for turn in 1 2 3; do
  "$ksim" --quiet --seed "${first:-1}" lost_update.scn >/dev/null
  check "seed ${first:-none} fails again, turn $turn" test $? -eq 1
done

out=$("$ksim" --quiet --verify lost_update.scn --seed "${first:-1}")
check "and its two runs are equal" test $? -eq 1

out=$("$ksim" --quiet --verify wall_clock.scn)
code=$?
check "a handler that reads the real time makes two runs differ" test "$code" -eq 3
check "and the first line that differs is shown" grep -q 'differ, first in line [0-9]* of their traces' <<<"$out"

test "$failures" -eq 0
