#!/usr/bin/env bash
# Every scenario ends in the same way whoever built ksim: same_sweeps.sh FOLDER SEEDS KSIM...
# All KSIM run all scenarios below FOLDER with the seeds A..B; for each scenario the verdict and the hash over its seeds
# must be those of the first.  The last line is `N passed, N failed`, over the scenarios of all but the first.
set -u
folder=$1
seeds=$2
reference=$3
shift 3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# NAME VERDICT HASH of every scenario.
ends_of() {
  "$1" --quiet --wall-limit 300 --seeds "$seeds" -j 2 "$folder" 2>&1 |
    sed -n -E 's/^(PASS|FAIL) ([^ ]+): .* traces? ([0-9a-f]{16}).*/\2 \1 \3/p' | sort
}

ends_of "$reference" >"$work/expected"
for ksim in "$@"; do
  ends_of "$ksim" >"$work/got"
  diff -U 0 --label "$reference" --label "$ksim" "$work/expected" "$work/got"
  same=$(comm -12 "$work/expected" "$work/got" | wc -l)
  passed=$((passed + same))
  failed=$((failed + $(wc -l <"$work/expected") - same))
done
echo "$passed passed, $failed failed"
test "$failed" -eq 0 && test "$passed" -gt 0
