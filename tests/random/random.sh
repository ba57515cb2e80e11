#!/bin/bash
# Random programs, fast tiers against the stepper, in TAP: one test for each hundred seeds.
set -u
: "${HOST:=build}"
count=25
echo "1..$count"
for ((k = 0; k < count; k++)); do
    name="programs $((k * 100)) to $((k * 100 + 99))"
    if "$HOST/tests/random/random" --seeds "$((k * 100))..$((k * 100 + 99))"; then
        echo "ok $((k + 1)) - $name"
    else
        echo "not ok $((k + 1)) - $name"
    fi
done
