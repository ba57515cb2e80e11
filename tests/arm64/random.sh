#!/bin/bash
# Random programs on the translator's AArch64 back end, run by user-mode emulation, against the
# stepper. In TAP: one test for each fifty seeds. `make test-arm64` runs more.
set -u
: "${BUILD:=build}"
random=$BUILD/arm64/tests/random/random
emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu"

if ! [ -x "$random" ]; then
    echo "$random is not there: this is an AArch64 host, or make has found no compiler for one"
    exit 77
fi
count=3
echo "1..$count"
for ((k = 0; k < count; k++)); do
    seeds=$((k * 50))..$((k * 50 + 49))
    if $emulator "$random" --tier jit --seeds "$seeds"; then
        echo "ok $((k + 1)) - programs $seeds"
    else
        echo "not ok $((k + 1)) - programs $seeds"
    fi
done
