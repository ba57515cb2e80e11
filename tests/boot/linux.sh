#!/bin/bash
# Boot Debian's stock kernel to a shell, type a few commands, power off.
#
# The same on QEMU:  VHART='qemu-system-riscv64 -M virt -nographic' tests/boot/linux.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
# shellcheck source=/dev/null
. tests/boot/lib.sh

if ! guests/linux/fetch.sh "$BUILD/linux"; then
    echo "Debian's kernel cannot be fetched here"
    exit 77
fi

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -m 256 --kernel "$BUILD/linux/Image" --initrd "$BUILD/linux/initramfs.cpio" \
    --append "console=ttyS0 quiet"

echo 1..7
await '/ # '
report $? "the kernel starts a shell"
try "the kernel is Debian's" 'uname -a' 'Linux .* 6\.[0-9.]+\+deb13-riscv64 .* riscv64 GNU/Linux'
# shellcheck disable=SC2016 # for the shell in there
try "the shell computes" 'echo $((6 * 7))' '42'
# sha256 of the digits 1 to 2000, a line each; by coreutils on the host.
try "a longer computation is right" 'seq 2000 | sha256sum' \
    '6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38 .*'
try "the kernel finds the performance counters" 'dmesg | grep -o "SBI PMU extension is available"' \
    'SBI PMU extension is available'
try "time passes" 'sleep 1; echo slept' 'slept'
echo poweroff >&3
ends_with 0 "poweroff ends the simulator with status 0"
finish
