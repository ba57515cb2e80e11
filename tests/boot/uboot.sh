#!/bin/bash
# Boot Debian's U-Boot for QEMU's board, as the kernel, to its prompt; it finds what is on the board.
# The same on QEMU:  VHART='qemu-system-riscv64 -M virt -nographic' tests/boot/uboot.sh
# shellcheck disable=SC2154 # lib.sh sets scratch
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
UBOOT=/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
# shellcheck source=/dev/null
. tests/boot/lib.sh

if ! [ -r $UBOOT ]; then
    echo "there is no $UBOOT: the package u-boot-qemu is not installed"
    exit 77
fi

seq 10000 >"$scratch/initrd"
# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 512 --kernel $UBOOT --initrd "$scratch/initrd"

echo 1..4
await 'Hit any key to stop autoboot'
report $? "U-Boot starts"
echo >&3
await '^=> '
report $? "its prompt"
# shellcheck disable=SC2016 # for U-Boot
try "it knows the board" 'fdt addr $fdtcontroladdr; fdt print / compatible' 'compatible = "riscv-virtio"'
echo poweroff >&3
ends_with 0 "poweroff ends the run"
finish
