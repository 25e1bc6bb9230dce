#!/bin/bash
#
# The example program in each of its modes, beside a Kafka on loopback, and shorter than 40 lines.
#   example.sh FOLDER_OF_PROGRAMS SOURCE
# Exit code: 0 all as it should be.

set -u
programs=$1
source=$2

. "$(dirname "$0")/../broker/beside_kafka.sh"
mkfifo "$scratch/input"

# Each mode has a Kafka of its own, whose group nobody has been a member of.
start() { # MODE
    kafka_begins orders:1:1
    begins run_example "$1"
    exec 7>"$scratch/input"
}

# stdbuf preloads a library of its own, which AddressSanitizer would object to.
run_example() { # MODE
    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" exec stdbuf -oL "$programs/example" "$1" "$address" <"$scratch/input"
}

ends_gracefully() {
    ends
    exec 7>&-
    kafka_ends
    [ "$code" = 0 ] && grep -qx app.terminated "$scratch/said"
}

check 'it is shorter than 40 lines' test "$(wc -l <"$source")" -lt 40

start standalone
check 'standalone: it consumes' await 'orders: 1 from 0'
check 'standalone: its subscriber hears of it' await consumer.consumed
kill -TERM "$program"
check 'standalone: TERM ends it' ends_gracefully

start embedded
check 'embedded: its partition is assigned' await rebalance.partitions_assigned
echo >&7
check 'embedded: the host ends it' ends_gracefully

start swarm
check 'swarm: a node has the partition' await rebalance.partitions_assigned
kill -TERM "$program"
check 'swarm: TERM ends all of it' ends_gracefully

[ "$failures" = 0 ]
