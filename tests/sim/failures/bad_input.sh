#!/usr/bin/env bash
# What is no scenario, and places that cannot be written to: bad_input.sh KSIM SCENARIO
set -u
ksim=$1
scenario=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

# Ends with 2, says where and what, and nothing about a crash.
refuses() { # WHAT TEXT ARGUMENT...
  local what=$1 text=$2 out code
  shift 2
  out=$("$ksim" "$@" 2>&1)
  code=$?
  if [ "$code" -eq 2 ] && [[ "$out" == *"$text"* && "$out" != *"internal error"* ]]; then
    echo "ok: $what"
  else
    echo "FAILED: $what: exit code $code"
    head -c 2000 <<<"$out"
    failures=$((failures + 1))
  fi
}

refuses "a file that is not there" "$work/none.scn: file: expected a readable file, got" "$work/none.scn"
: >"$work/empty.scn"
refuses "an empty file" "$work/empty.scn: file: expected a scenario, got nothing" "$work/empty.scn"
printf '\n# only words\n' >"$work/words.scn"
refuses "a file of comments" "$work/words.scn: scenario: expected something that happens" "$work/words.scn"
head -c 4000 "$ksim" >"$work/binary.scn"
refuses "a binary file" "$work/binary.scn:1:" "$work/binary.scn"
truncate -s 100M "$work/large.scn"
refuses "a file of 100 MB" "$work/large.scn: file: expected at most 1048576 bytes, got 104857600" "$work/large.scn"
mkdir "$work/folder"
refuses "a folder without scenarios" "$work/folder: expected a folder with *.scn files, got none" "$work/folder"
mkdir "$work/inner" "$work/inner/folder.scn"
refuses "a folder with the name of a scenario" "$work/inner/folder.scn: expected a folder with *.scn files" "$work/inner/folder.scn"
mkfifo "$work/pipe.scn"
refuses "a pipe" "$work/pipe.scn: file: expected an ordinary file" "$work/pipe.scn"
refuses "a device" "/dev/zero: file: expected an ordinary file" /dev/zero
ln -s loop.scn "$work/loop.scn"
refuses "a link to itself" "$work/loop.scn: file: expected a readable file" "$work/loop.scn"
refuses "an empty name" ": file: expected a readable file" ""
refuses "a mistake beside a good file" "$work/empty.scn: file: " "$scenario" "$work/empty.scn"
printf 'topic t\nserver s\nhandler s t\nat 0 start s\nat 1s load t file=none.jsonl\n' >"$work/payloads.scn"
refuses "payloads that are not there" "$work/payloads.scn:5:19: file: expected a readable file, got" "$work/payloads.scn"
mkfifo "$work/none.jsonl"
refuses "payloads out of a pipe" "$work/payloads.scn:5:19: file: expected an ordinary file" "$work/payloads.scn"
rm "$work/none.jsonl"
: >"$work/none.jsonl"
refuses "payloads of no bytes" "$work/payloads.scn:5:19: file: expected 1 to 16777216 bytes, got 0" "$work/payloads.scn"
if [ "$(id -u)" -ne 0 ]; then
  cp "$scenario" "$work/secret.scn"
  chmod 0 "$work/secret.scn"
  refuses "a file that may not be read" "$work/secret.scn: file: expected a readable file" "$work/secret.scn"
fi
refuses "a trace in no folder" "$work/no/trace: trace: expected a file that can be written" --trace "$work/no/trace" "$scenario"
refuses "a trace that is a folder" "$work/folder: trace: expected a file that can be written" --trace "$work/folder" "$scenario"
refuses "reports in no folder" "$work/no/reports: expected a folder that can be made" --reports "$work/no/reports" "$scenario"
refuses "reports in a file" "$work/empty.scn" --reports "$work/empty.scn" "$scenario"
refuses "JUnit in no folder" "--junit: $work/no/x.xml: expected a file that can be written" --junit "$work/no/x.xml" "$scenario"
if [ -e /dev/full ]; then
  refuses "JUnit that is not taken" "--junit: /dev/full: expected the file to take every line" --junit /dev/full "$scenario"
fi
test "$failures" -eq 0
