#!/bin/sh
# --exits: what it counts of a program whose exits are known, and what vmm counts of itself.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, limit
built=$(realpath "${BUILD:-build}")
. "$(dirname "$0")/lib.sh"
limit=$((limit * 3))

# A column of our report: to HS, to M, steps there.
of_vhart() { # cause column
    sed -n "s/^vhart: exits: $1  *//p" err | awk -v n="$2" '{ print $n }'
}
row() { # cause "numbers"
    check "$how: $1" [ "$(sed -n "s/^vhart: exits: $1  *//p" err | tr -s ' ')" = "$2" ]
}

build exits exits.S
for how in --tier=step --tier=block "--tier=jit --heat=1"; do
    # shellcheck disable=SC2086 # a list of words
    run --exits $how exits.elf
    check "$how: the run" [ "$status" -eq 0 ]
    row "environment call from VS-mode" "0 3 12"
    row "illegal instruction" "1 0 0"
    row "all" "1 3 12"
    check "$how: in the guest" grep -qx "vhart: exits: 7 steps in guests" err
done

# The count in a line of vmm's table: "[vmm] hello: SBI call     85 x 4191".
same() { # vmm's name, the cause
    wanted=$(sed -n "s/\r//; s/^\[vmm\] hello: $1 *\([0-9]*\) x .*/\1/p" out)
    check "$how: $1" [ "${wanted:-none}" = "$(of_vhart "$2" 1)" ]
}
for how in "-p 1" "-p 2"; do
    # shellcheck disable=SC2086
    run --exits $how --kernel "$built/firmware/vmm.elf" --guest "kernel=$built/guests/hello.elf"
    check "$how: vmm" [ "$status" -eq 0 ]
    same "SBI call" "environment call from VS-mode"
    same "virtual instruction" "virtual instruction"
    same "timer interrupt" "supervisor timer interrupt"
done

refuses "leave out" --exits --lockstep exits.elf
refuses "leave out" --exits --check-isolation exits.elf
refuses "leave out" --exits -l exits.elf

finish
