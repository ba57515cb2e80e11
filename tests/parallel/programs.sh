#!/bin/bash
# The programs beside this, four harts at the same time, on every tier; and harts in turn, where the
# same must hold. Prints TAP. Comments say how often outcomes came up that are allowed.
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart} BUILD=${BUILD:-build} PATIENCE=${PATIENCE:-1}
SECONDS_MAX=$((60 * PATIENCE))
number=0 failed=0

say() { # 0 or 1, name
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; failed=1; fi
}

# Run a program; its tests get our numbers. What it announces and does not reach has failed.
run() { # label, program, option...
    local label=$1 program=$2 line plan=0 seen=0
    shift 2
    while read -r line; do
        case $line in
        1..*) plan=${line#1..} ;;
        "ok "*) seen=$((seen + 1)) && say 0 "$label: ${line#* - }" ;;
        "not ok "*) seen=$((seen + 1)) && say 1 "$label: ${line#* - }" ;;
        *) echo "# $label: ${line#\# }" ;;
        esac
    done < <(timeout "$SECONDS_MAX" "$VHART" -p4 "$@" "$BUILD/tests/parallel/$program.elf" 2>&1)
    if [ "$plan" = 0 ] || [ "$seen" -lt "$plan" ]; then
        say 1 "$label: $program: $seen of $plan tests were reached"
    fi
}

for program in litmus atomics pages wakes; do
    run "in turn" $program
    run step $program --parallel --tier=step
    run block $program --parallel --tier=block
    run jit $program --parallel --heat=1
done

aia=--aia=aplic-imsic,guests=1
run "in turn" msis $aia
run step msis $aia --parallel --tier=step
run block msis $aia --parallel --tier=block
run jit msis $aia --parallel --heat=1

# A second of WFI by four harts.
TIMEFORMAT='%U %S'
cost=$( { time timeout "$SECONDS_MAX" "$VHART" -p4 --parallel "$BUILD/tests/parallel/rest.elf" >/dev/null 2>&1; } 2>&1)
echo "# the host's seconds, user and system: $cost"
awk -v patience="$PATIENCE" '{ exit $1 + $2 > 0.3 * patience }' <<<"$cost"
say $? "waiting takes no time of the host"

echo "1..$number"
exit $failed
