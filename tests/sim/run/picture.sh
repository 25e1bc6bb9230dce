#!/usr/bin/env bash
# What --picture draws: picture.sh KSIM FOLDER, the folder of the scenarios, where the picture of one is kept.
set -u
ksim=$1
scenarios=$2
shown=$scenarios/forceful_shutdown.svg
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

check() { # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what"; failures=$((failures + 1)); fi
}

draw() { # NAME OPTION...: leaves the picture, what ksim said as `out`, its code as `code`
  local name=$1
  shift
  out=$("$ksim" --quiet --picture "$work/$name.svg" "$@" 2>&1)
  code=$?
}

shows() { grep -qF -- "$2" "$work/$1.svg"; }
says() { [[ "$out" == *"$1"* ]]; }
ends() { [ "$code" -eq "$1" ]; }
is_xml() { python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/$1.svg"; }

draw forceful "$scenarios/forceful_shutdown.scn"
check "a run that passes is drawn" ends 0
check "as XML" is_xml forceful
check "with a row for the server" shows forceful '>s1</text>'
check "and one for each partition" shows forceful '>orders/3</text>'
check "its statuses" shows forceful '>stopping</text>'
check "what the scenario did" shows forceful '>signal s1 TERM</text>'
check "the worker that never returned, in red" shows forceful 'class="failed"'
check "and how it ended" shows forceful '>exit code=2</text>'
check "the picture in the manual is this one (else: ./ksim --picture scenarios/forceful_shutdown.svg ...)" \
  cmp "$work/forceful.svg" "$shown"
draw threads --backend threads "$scenarios/forceful_shutdown.scn"
check "the other backend draws the same" cmp "$work/forceful.svg" "$work/threads.svg"
draw seed --seed 2 "$scenarios/forceful_shutdown.scn"
check "another seed draws another" test "$(cmp -s "$work/forceful.svg" "$work/seed.svg"; echo $?)" = 1

draw owners "$scenarios/rebalance/five_servers_and_two_members_come_and_go_nothing_is_lost.scn"
check "many servers and members are XML too" is_xml owners
check "a member has a row" shows owners '>m2</text>'
check "a fault that lasts is a shade" shows owners '<title>fault process s4 pause for 12s'
check "a crash is told" shows owners '>exit signal=KILL</text>'
draw groups "$scenarios/rebalance/two_groups_on_one_topic_are_strangers.scn"
check "two groups have a row each" shows groups '>orders/0 (shipping)</text>'
draw letters "$scenarios/retries/dead_letter_after_three_retries_then_goes_on.scn"
check "a dead letter is a mark of its partition" shows letters '<title>dead_letter_queue.dispatched'
check "a pause is a span" shows letters '<title>paused'

{
  cat "$scenarios/forceful_shutdown.scn"
  echo 'by 300s expect exit s1 code=0'
} >"$work/a&b<c>\".scn"
draw hostile "$work/a&b<c>\".scn"
check "a run that fails is drawn" ends 1
check "whatever it is called" is_xml hostile
check "with what failed" shows hostile 'expectation failed: exit s1 code=0'

out=$("$ksim" --picture "$work/several.svg" --seeds 1..2 "$scenarios/forceful_shutdown.scn" 2>&1)
code=$?
check "one picture is of one run" ends 2
check "and says so" says "--picture: expected one file and one seed, got several"
out=$("$ksim" --picture "$work/missing/picture.svg" "$scenarios/forceful_shutdown.scn" 2>&1)
code=$?
check "a file that cannot be written ends with 2" ends 2
check "and is named" says "missing/picture.svg: picture: expected a file that can be written"
if [ -w /dev/full ]; then
  out=$("$ksim" --quiet --picture /dev/full "$scenarios/forceful_shutdown.scn" 2>&1)
  code=$?
  check "a full disk ends with 2" ends 2
  check "and says so" says "picture: expected room for all of it"
fi
exit $((failures > 0))
