#!/usr/bin/env bash
# One seed is one run, whoever built ksim and wherever it runs: same_traces.sh SCENARIO LAST_SEED KSIM...
# Every KSIM runs the seeds 1..LAST_SEED with both backends, with the caller's environment and with none, with and
# without the randomised addresses; all must end with one hash.
# Set PREFIX to words that run a ksim (such as a checker of memory): then each runs once that way for every seed.
set -u
scenario=$1
last=$2
shift 2
passed=0
failed=0

# The hash at the end of a run, or what was said instead.
trace_of() {
  local out
  out=$("$@" 2>&1)
  sed -n -E '/^(PASS|FAIL) /{s/^(PASS|FAIL) .*, trace ([0-9a-f]{16}), .*/\1 \2/p;q}' <<<"$out" | grep . && return
  printf 'no trace: %s\n' "$(tail -n 5 <<<"$out" | tr '\n' ' ')"
}

# compare SEED EXPECTED COMMAND...
compare() {
  local seed=$1 expected=$2 got
  shift 2
  got=$(trace_of "$@" --quiet --seed "$seed" "$scenario")
  if [ "$got" = "$expected" ]; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  echo "seed $seed: expected $expected, got $got: $*"
}

for ((seed = 1; seed <= last; seed++)); do
  expected=$(trace_of "$1" --quiet --seed "$seed" "$scenario")
  case $expected in
  "PASS "*) ;;
  *)
    echo "seed $seed: expected a run that passes, got $expected: $1"
    failed=$((failed + 1))
    ;;
  esac
  for ksim in "$@"; do
    if [ -n "${PREFIX:-}" ]; then
      compare "$seed" "$expected" $PREFIX "$ksim"
      continue
    fi
    for backend in coroutines threads; do
      compare "$seed" "$expected" "$ksim" --backend "$backend"
      compare "$seed" "$expected" env -i "$ksim" --backend "$backend"
      compare "$seed" "$expected" setarch -R "$ksim" --backend "$backend"
    done
  done
  [ -z "${previous:-}" ] || [ "$previous" != "$expected" ] || {
    echo "seed $seed: expected another trace than the seed before, got $expected"
    failed=$((failed + 1))
  }
  previous=$expected
done
echo "$passed of $((passed + failed)) runs as expected"
test "$failed" -eq 0 && test "$passed" -gt 0
