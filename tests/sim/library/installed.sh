#!/usr/bin/env bash
# A test program builds against the installed library by pkg-config alone: installed.sh BUILD COMPILER SOURCE
set -eu
build=$1
compiler=$2
source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/there" >/dev/null
pc=$(find "$work/there" -name ksim.pc)
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs ksim)
# shellcheck disable=SC2086 # the flags are words
"$compiler" "$source" -o "$work/test" $flags -lcmocka
"$work/test"
