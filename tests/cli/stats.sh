#!/bin/sh
# --stats: what vmm has counted of its VMs, as it says itself, in JSON.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
built=$(realpath "${BUILD:-build}")
. "$(dirname "$0")/lib.sh"
limit=$((limit * 3))
vmm=$built/firmware/vmm.elf

# number VM ROW: vmm's own word; for exits how many, elsewhere the number
said() {
    tr -d '\r' <out | sed -n "s/^\[vmm\] $1: $2  *\([0-9]*\).*/\1/p"
}

# written KEY...: the JSON's word, null when there is none
written() {
    python3 -c 'import json, sys
value = json.load(open("stats.json"))
for key in sys.argv[1:]:
    value = value[int(key) if key.isdigit() else key]
print(value)' "$@"
}

check_run "a run with two VMs" 0 --stats stats.json --kernel "$vmm" -m 4G \
    --guest "name=a,kernel=$built/guests/hello.elf" \
    --guest "name=b,kernel=$built/guests/hello.elf,memory=1G,append=vmm.prealloc=1"
check "the VMs" [ "$(written vms 0 name) $(written vms 1 name)" = "a b" ]
check "the timebase" [ "$(written timebase)" = 10000000 ]
for row in "slices" "world switches" "in guest" "pages of 1 GiB" "steal ticks"; do
    check "$row" [ "$(said b "$row")" = "$(written vms 1 "$row")" ]
done
check "what they count" [ "$(written vms 0 'pages of 2 MiB') $(written vms 1 'pages of 1 GiB')" = "2 1" ]
for row in "SBI call" "timer interrupt" "virtual instruction"; do
    check "$row" [ "$(said a "$row")" = "$(written vms 0 exits "$row" count)" ]
done
check "a cost" [ "$(written vms 0 exits "SBI call" cost)" -gt "$(written vms 0 exits "SBI call" count)" ]

check_run "to the terminal" 0 --stats - --kernel "$vmm" --guest "kernel=$built/guests/hello.elf"
check "behind the console" [ "$(tail -n 1 out)" = "}" ]

# An end by the limit is an end as any other; before vmm has begun there are no VMs.
check_run "a run that is cut short" 0 --stats stats.json --instructions 30000000 --kernel "$vmm" \
    --guest "kernel=$built/guests/compute.elf"
check "its VM" [ "$(written vms 0 name)" = compute ]
check_run "one that is cut at once" 0 --stats stats.json --instructions 1000 --kernel "$vmm" \
    --guest "kernel=$built/guests/compute.elf"
check "no VM yet" [ "$(written vms)" = "[]" ]

build exit exit.S -DCODE=0
build symbol exit.S -DCODE=0 -Wl,--defsym=vmm_statistics=0x80000000
check_run "where there is something else" 1 --stats - --instructions 1000 --bios none --kernel symbol.elf
check "says so" grep -q "no statistics at 0x80000000" err
refuses "give --kernel" --stats - exit.elf
refuses "no symbol vmm_statistics" --stats - --bios none --kernel exit.elf
refuses "s/s" --stats=s/s --kernel "$vmm" --guest "kernel=$built/guests/hello.elf"
refuses "leave these options out" --lockstep --stats - --kernel "$vmm"

finish
