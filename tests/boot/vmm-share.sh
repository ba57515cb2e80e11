#!/bin/bash
# Two guests that never end, one of three times the weight, on one hart: who gets how much of it, and
# what the keys of vmm's console do.
# shellcheck disable=SC2154 # lib.sh sets console
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
# shellcheck source=/dev/null
. tests/boot/lib.sh

escape=$'\x1d'
# parts, as "2", waits for a neighbour's word in shared memory. Here nobody writes it.
guest() { # name share weight
    echo "name=$1,kernel=$BUILD/guests/parts.elf,append=vmm.share=$2 vmm.weight=$3 2"
}

# The n-th table of exits that was shown: what this row has for this VM.
number_of() { # table row vm
    tr -d '\r' <"$console" | awk -v table="$1" -v row="$2" -v vm="$3" '
        /^\[vmm\] exits/ { n++ }
        n == table && index($0, "[vmm] " vm ": " row " ") == 1 { print $NF }'
}

tables=0
show_table() {
    tables=$((tables + 1))
    printf '%ss' "$escape" >&3
    until [ -n "$(number_of $tables 'steal ticks' heavy)" ]; do
        kill -0 "$machine" || return
        sleep 0.1
    done
}

ran() { # vm: in guest instructions, between the last two tables
    echo $(($(number_of $tables 'in guest' "$1") - \
        $(number_of $((tables - 1)) 'in guest' "$1")))
}

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 256 --kernel "$BUILD/firmware/vmm.elf" \
    --guest "$(guest light 1 100)" --guest "$(guest heavy 2 300)"

echo 1..10
await '\[light\] parts' && await '\[heavy\] parts'
report $? "both start"

show_table
sleep 2
show_table
light=$(ran light) heavy=$(ran heavy)
echo "# light $light, heavy $heavy"
((light > 0 && heavy * 10 > light * 25 && heavy * 10 < light * 35))
report $? "three times the weight is three times the hart, within a sixth"

try "the keys are told" "${escape}h" '\[vmm\] Ctrl-\] l lists VMs'
try "a VM's pages are watched" "${escape}d" '\[vmm\] light: its pages are watched'
# It must have run meanwhile, which on a busy machine may take more than one look.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.5
    printf '%sd' "$escape" >&3
    shown 'light: 0 pages changed, [12] used meanwhile' && break
done
shown '\[vmm\] light: 0 pages changed, [12] used meanwhile'
report $? "one that spins uses a page or two and changes none"
try "the list tells them apart" "${escape}l" '\[vmm\] 2 heavy runs: 64 MiB, 1 vCPUs, weight 300'
try "the heavy one pauses" "${escape}2${escape}p" '\[vmm\] heavy is paused'
show_table
sleep 1
show_table
light=$(ran light) heavy=$(ran heavy)
echo "# light $light, heavy $heavy"
((light > 0 && heavy == 0))
report $? "then the other has the hart alone"
try "it goes on" "${escape}r" '\[vmm\] heavy goes on'
printf '%sk%sk' "$escape" "$escape" >&3
ends_with 0 "when both are killed it ends"
finish
