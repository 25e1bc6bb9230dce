#!/bin/bash
#
# The shared library exports what carafe.h declares, and nothing else (but for what the library of coverage adds).
#   exported_symbols.sh LIBRARY

set -u
header=$(dirname -- "${BASH_SOURCE[0]}")/../../src/carafe.h
exported=$(nm -D --defined-only "$1" | awk '$3 !~ /^__gcov_|^mangle_path$/ {print $3}' | LC_ALL=C sort)
declared=$(tr '\n' ' ' <"$header" | grep -oE 'CARAFE_API [^;{]*\(' | grep -oE 'carafe_[a-z_]+ ?\(' | tr -d ' (' | LC_ALL=C sort -u)
[ -n "$exported" ] && diff <(printf '%s\n' "$declared") <(printf '%s\n' "$exported")
