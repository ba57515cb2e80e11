#!/bin/bash
# Boot Debian's U-Boot for QEMU's board under vmm, to its prompt, and type at it.
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

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 512 --kernel "$BUILD/firmware/vmm.elf" --guest "name=u,kernel=$UBOOT"

echo 1..4
await '^\[u\] Hit any key to stop autoboot'
echo >&3
await '^\[u\] => '
report $? "U-Boot comes to its prompt"
# shellcheck disable=SC2016 # for the shell in there
try "it computes" 'setexpr.l n 6 \* 7; echo $n' '\[u\] 2a'
try "its memory is what vmm gave it" 'bdinfo' '\[u\]  ?-> size *= 0x0*4000000'
await 'devicetree *= board' # what is typed before the last line may be taken for a wish to stop
echo poweroff >&3
ends_with 0 "poweroff ends it with status 0"
finish
