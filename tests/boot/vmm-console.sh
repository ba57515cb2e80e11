#!/bin/bash
# Two VMs whose only driver is one of the virtio console: what is typed, and to whom.
# shellcheck disable=SC2154 # lib.sh sets console
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
# shellcheck source=/dev/null
. tests/boot/lib.sh

escape=$'\x1d'
guest() { # name
    echo "name=$1,kernel=$BUILD/guests/echo.elf,append=vmm.devices=console"
}

# Typed at once, more than vmm and the guest have room for: each line comes back once and in order.
in_order() {
    seq 1000 1199 >&3
    await '^\[a\] again: 1199$'
    diff <(seq 1000 1199) <(tr -d '\r' <"$console" | sed -n 's/^\[a\] again: \(1[01][0-9][0-9]\)$/\1/p')
}

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 256 --kernel "$BUILD/firmware/vmm.elf" --guest "$(guest a)" --guest "$(guest b)"

echo 1..10
await '^\[a\] ready' && await '^\[b\] ready'
report $? "both start"
try "the first has the console" 'one' '\[a\] again: one'
try "the escape key gives it to the second" "${escape}2two" '\[b\] again: two'
try "and back" "${escape}1three" '\[a\] again: three'
try "typed twice it is the guest's" "x${escape}${escape}y" "\[a\] again: x${escape}y"
in_order
report $? "what is typed fast comes in order"
! shown '^\[b\] again: (one|three|1)'
report $? "nothing of it went to the other"
echo end >&3
await '^\[vmm\] a ended: shut down'
echo end >&3 # now the other has the console
ends_with 0 "both end"

# Who never reads must not keep the escape key from vmm.
# shellcheck disable=SC2086
boot $VHART -m 256 --kernel "$BUILD/firmware/vmm.elf" \
    --guest "name=a,kernel=$BUILD/guests/hostile/lost_spin.elf" --guest "$(guest b)"
await '^\[b\] ready'
seq 100000 100100 >&3
try "a guest that does not read can be left" "${escape}2two" '\[b\] again: two'
try "and what was typed before is not the other's" "three" '\[b\] again: three'
finish
