#!/usr/bin/env bash
# One seed is one run, whoever built ksim and wherever it runs: same_traces.sh SCENARIO LAST_SEED KSIM...
# The first KSIM says what the seeds 1..LAST_SEED end with; then every KSIM runs them with both backends, with the
# caller's environment, with none, and without randomised addresses; all must end with the same verdict and hash.
# With WRAPPER set to words that run a program in their own way (a checker of memory), each runs once that way instead.
# The last line is `N passed, N failed`.
set -u
scenario=$1
last=$2
shift 2
read -r -a wrapper <<<"${WRAPPER:-}"
passed=0
failed=0
out=

fail() {
  failed=$((failed + 1))
  echo "seed $seed: $1"
  tail -n 60 <<<"$out"
}

# Run ksim, leaving what it said in `out` and `PASS` or `FAIL` and the hash in `end`.
run() {
  out=$("$@" --quiet --seed "$seed" "$scenario" 2>&1)
  end=$(sed -n -E '/^(PASS|FAIL) .*, trace [0-9a-f]{16}, /{s/^(PASS|FAIL) .*, trace ([0-9a-f]{16}), .*/\1 \2/p;q}' <<<"$out")
}

compare() {
  run "$@"
  if [ "$end" = "$expected" ]; then
    passed=$((passed + 1))
  else
    fail "expected $expected, got ${end:-no end}: $*"
  fi
}

previous=
for ((seed = 1; seed <= last; seed++)); do
  run "$1"
  expected=$end
  case $expected in
  PASS*) [ "$expected" != "$previous" ] || fail "expected another trace than that of the seed before, got $expected" ;;
  *) fail "expected a run that passes, got ${end:-no end}: $1" ;;
  esac
  previous=$expected
  for ksim in "$@"; do
    if [ "${#wrapper[@]}" -gt 0 ]; then
      compare "${wrapper[@]}" "$ksim"
      continue
    fi
    for backend in coroutines threads; do
      compare "$ksim" --backend "$backend"
      compare env -i "$ksim" --backend "$backend"
      compare setarch -R "$ksim" --backend "$backend"
    done
  done
done
echo "$passed passed, $failed failed"
test "$failed" -eq 0 && test "$passed" -gt 0
