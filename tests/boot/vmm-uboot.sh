#!/bin/bash
# Boot Debian's U-Boot for QEMU's board under vmm, to its prompt, and type at it: its disk, its network.
# shellcheck disable=SC2154 # lib.sh sets console
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
UBOOT=/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
# shellcheck source=/dev/null
. tests/boot/lib.sh

if ! [ -r $UBOOT ]; then
    echo "there is no $UBOOT: the package u-boot-qemu is not installed"
    exit 77
fi

# A disk of 2930 sectors, and its CRC-32 as gzip has it.
disk=$scratch/disk
seq 300000 | head -c 1500160 >"$disk"
crc=$(gzip -c "$disk" | tail -c 8 | od -An -tx4 -N4 | tr -d ' ')

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 512 --kernel "$BUILD/firmware/vmm.elf" \
    --guest "name=u,kernel=$UBOOT,initrd=$disk,append=vmm.devices=net,disk"

# Typed at once, more than the serial port and vmm hold: each must be answered.
answers_all() {
    yes 'virtio info' | head -n 20 >&3
    echo 'echo that was all' >&3
    await '^\[u\] that was all$' && [ "$(tr -d '\r' <"$console" | grep -c 'Capacity: .* (2930 x 512)$')" = 20 ]
}

# It looks for a server that there is not, until it is told to stop.
gives_up() {
    echo dhcp >&3
    await 'BOOTP broadcast 2$' || return
    printf '\003' >&3
    await '^\[u\] Abort$'
}

echo 1..12
await '^\[u\] Hit any key to stop autoboot'
echo >&3
await '^\[u\] => '
report $? "U-Boot comes to its prompt"
# shellcheck disable=SC2016 # for the shell in there
try "it computes" 'setexpr.l n 6 \* 7; echo $n' '\[u\] 2a'
try "its memory is what vmm gave it" 'bdinfo' '\[u\]  ?-> size *= 0x0*4000000'
await 'devicetree *= board' # what is typed before the last line may be taken for a wish to stop
answers_all
report $? "it finds the disk each time"
try "it reads the disk whole" 'virtio dev 0; virtio read 0x81000000 0 0xb72' '.* 2930 blocks read: OK'
try "that is what the disk has" 'crc32 0x81000000 0x16e400' ".*==> $crc"
try "it writes" 'virtio write 0x81000000 0x100 0x800' '.* 2048 blocks written: OK'
try "what it wrote can be read again" 'virtio read 0x82000000 0x100 0x800; cmp.b 0x81000000 0x82000000 0x100000' \
    '.*Total of 1048576 byte\(s\) were the same'
try "beyond the end there is nothing" 'virtio read 0x82000000 0xb70 4' '.* -5 blocks read: ERROR'
try "it knows its network card's address" 'net list' '.* 52:54:00:76:6d:01 active'
gives_up
report $? "it sends, and gives up what it waits for"
echo poweroff >&3
ends_with 0 "poweroff ends it with status 0"
finish
