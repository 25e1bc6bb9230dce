#!/bin/bash
#
# Run a program beside a Kafka on loopback, with its address as the last argument.
#   with_broker.sh FOLDER_OF_PROGRAMS TOPIC[:PARTITIONS[:MESSAGES]] PROGRAM [ARGUMENT]...
# Exit code: the program's.

set -u
programs=$1
topic=$2
shift 2
scratch=$(mktemp -d) || exit 1
mkfifo "$scratch/broker" "$scratch/address"
"$programs/mock_broker" "$topic" <"$scratch/broker" >"$scratch/address" &
broker=$!
exec 9>"$scratch/broker"
read -r address <"$scratch/address" && "$@" "$address" 9>&-
result=$?
exec 9>&-
wait "$broker"
rm -rf "$scratch"
exit "$result"
