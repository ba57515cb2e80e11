#!/bin/bash
# Boot Debian's stock kernel on four harts that run at the same time, and give all of them work.
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
boot $VHART -m 256 -p 4 --parallel --kernel "$BUILD/linux/Image" \
    --initrd "$BUILD/linux/initramfs.cpio" --append "console=ttyS0 quiet"

echo 1..5
await '/ # '
report $? "the kernel starts a shell"
try "it has four harts" 'nproc' '4'
# sha256 of the digits 1 to 2000, a line each; by coreutils on the host.
sum=6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38
# shellcheck disable=SC2016 # for the shell in there
try "what all of them compute is right" \
    'for n in $(seq 40); do seq 2000 | sha256sum >/tmp/$n & done; wait; cat /tmp/[0-9]* | uniq -c' \
    " *40 $sum .*"
# Remote TLB and instruction-cache fences and reschedulings are IPIs: each hart has had some.
# shellcheck disable=SC2016
try "each hart has had IPIs" \
    'awk "/Function call/ { print (\$2 && \$3 && \$4 && \$5) ? \"all four\" : \"some had none\" }" /proc/interrupts' \
    'all four'
echo poweroff >&3
ends_with 0 "poweroff ends the simulator with status 0"
finish
