#!/bin/bash
# Every input of the fuzzers' corpus once, in TAP.
set -u
: "${HOST:=build}"
status=0
for directory in tests/fuzz/corpus/*; do
    "$HOST/tests/fuzz/${directory##*/}" "$directory" || status=1
done
exit $status
