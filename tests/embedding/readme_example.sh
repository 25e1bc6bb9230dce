#!/usr/bin/env bash
# The C example of the README is the file that is built: readme_example.sh README FILE
set -u
diff <(awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$1") "$2"
