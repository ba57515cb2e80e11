#!/bin/bash
# Two guests that write to and read from their partitions of one disk without a pause, on QEMU, whose disk works
# while the harts go on: whatever the keys of vmm's console do to the one in the middle of its requests, it and the
# other find what they have written, and nothing else on the disk has changed.
#
# Environment: BUILD, FIRMWARE, QEMU as for vmm.sh.
# shellcheck disable=SC2154 # lib.sh sets console
set -u
cd "$(dirname "$0")/../.." || exit 2
export BUILD=${BUILD:-build}
QEMU=${QEMU-qemu-system-riscv64}
# shellcheck source=/dev/null
. tests/boot/lib.sh

command -v "${QEMU%% *}" >/dev/null || {
    echo "no QEMU"
    exit 77
}

escape=$'\x1d'
START=2048 SECTORS=2048
disk=$scratch/disk

put() { # offset: standard input goes there
    dd of="$disk" bs=1 seek="$1" conv=notrunc status=none
}

# Two partitions, an MBR's first two, of START - 1 and SECTORS sectors, and 50 sectors behind them.
make_disk() {
    head -c $(((START + SECTORS + 50) * 512)) /dev/urandom >"$disk"
    printf 's' | put 512
    printf 's' | put $((START * 512))
    head -c 64 /dev/zero | put 446
    printf '\0\0\0\0\203\0\0\0\001\0\0\0\377\007\0\0' | put 446
    printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\010\0\0' | put 462
    printf '\125\252' | put 510
    cp "$disk" "$scratch/before"
}

# How many rounds it has done, by its own word; one that has more of them goes on.
rounds() { # vm
    tr -d '\r' <"$console" | sed -n "s/^\\[$1\\] \\([0-9]*\\) rounds\$/\\1/p" | tail -n 1
}

goes_on() { # vm
    local now
    now=$(rounds "$1")
    await "^\\[$1\\] $((${now:-0} + 20)) rounds"
}

# These keys, without the end of a line, which would end a guest.
key() { # name keys pattern
    printf %s "$2" >&3
    await "^$3\$"
    report $? "$1"
}

kept() { # sector...: these are as they were
    local sector
    for sector; do
        cmp -n 512 -i $((sector * 512)) "$disk" "$scratch/before" || return 1
    done
}

# QEMU puts the node of each before those of the ones before.
guest() { # name address partition
    echo "guest-loader,addr=$2,kernel=$BUILD/guests/disk.elf,bootargs=vmm.name=$1 vmm.devices=disk vmm.partition=$3 again"
}

make_disk
# shellcheck disable=SC2086 # QEMU may be a command with options
boot $QEMU -M virt -m 512 -smp 2 -display none -monitor none -serial stdio \
    -bios "${FIRMWARE:-/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin}" -kernel "$BUILD/firmware/vmm.elf" \
    -global virtio-mmio.force-legacy=false -drive "if=none,id=d,format=raw,file=$disk" -device virtio-blk-device,drive=d \
    -device "$(guest e 0x84100000 1)" -device "$(guest d 0x84000000 2)"

echo 1..18
goes_on d && goes_on e
report $? "both have their disks"
for vm in 1:d:e 2:e:d; do
    IFS=: read -r number_ paused other <<<"$vm"
    key "$paused pauses" "$escape$number_${escape}p" "\[vmm\] $paused is paused"
    goes_on "$other"
    report $? "$other goes on"
    key "$paused, too" "${escape}r" "\[vmm\] $paused goes on"
    goes_on "$paused"
    report $? "with what it was about"
done
# In the middle of a request or not: more often than once it is.
for _ in 1 2 3 4 5 6 7 8 9 10; do printf %s "${escape}p${escape}r" >&3; done
goes_on e && goes_on d
report $? "a pause is nothing to them"
for _ in 1 2 3 4 5 6 7 8 9 10; do printf %s "${escape}p${escape}1${escape}p${escape}2${escape}r${escape}1${escape}r${escape}2" >&3; done
goes_on e && goes_on d
report $? "nor that of both"
key "one is killed" "${escape}k" '\[vmm\] e ended: killed'
goes_on d
report $? "the other goes on"
echo >&3
await '^\[vmm\] d ended: shut down'
report $? "until it is told to end"
ends_with 0 "the machine ends"
! shown WRONG
report $? "all was found as it was written"
kept 0 1 $START $((START + SECTORS)) $((START + SECTORS + 49))
report $? "nothing else was written to"
cmp -s -i $((START * 512)) -n $((SECTORS * 512)) "$disk" "$scratch/before"
[ $? = 1 ]
report $? "but the partitions were"
finish
