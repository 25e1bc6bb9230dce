#!/usr/bin/env bash
# What a failure says: run.sh KSIM FOLDER [update].  Each *.scn fails, and says what stands in the *.txt beside it; times
# with fractions and the events before it are those of the production code, and stand there as T and as a number.
set -u
ksim=$1
cd "$2" || exit 1
failures=0

said() { # SCENARIO
  "$ksim" --quiet "$1" 2>&1 | awk '
    /^FAIL /          { next }
    /^  last events / { print; events = 1; count = 0; next }
    events && /^    / { count++; next }
    events            { print "    " count " of them"; events = 0 }
    /^  repeat: /     { sub(/repeat: .*ksim --seed/, "repeat: ksim --seed") }
                      { gsub(/[0-9]+\.[0-9]+(ms|s)/, "T"); print }'
}

for scenario in *.scn; do
  golden=${scenario%.scn}.txt
  text=$(said "$scenario")
  if [ "${3:-}" = update ]; then
    printf '%s\n' "$text" >"$golden"
  elif diff -u "$golden" <(printf '%s\n' "$text"); then
    echo "ok: $scenario"
  else
    echo "FAILED: $scenario"
    failures=$((failures + 1))
  fi
  "$ksim" --quiet "$scenario" >/dev/null 2>&1
  code=$?
  if [ "$code" -ne 1 ]; then
    echo "FAILED: $scenario: expected exit code 1, got $code"
    failures=$((failures + 1))
  fi
done
test "$failures" -eq 0
