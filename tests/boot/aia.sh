#!/bin/bash
# Debian's stock kernel, and OpenSBI below it, with either choice of --aia: an APLIC that drives the
# harts' lines, or one that sends MSIs to IMSICs. With these, KVM gives a guest's harts interrupt files.
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
LINUX=$BUILD/linux
# shellcheck source=/dev/null
. tests/boot/lib.sh

if ! guests/linux/fetch.sh "$LINUX"; then
    echo "Debian's kernel cannot be fetched here"
    exit 77
fi
# shellcheck disable=SC2154 # scratch is lib.sh's
guests/linux/initramfs.sh "$LINUX/busybox" guests/linux/init "$LINUX/kvm.ko.xz" \
    "$BUILD/bench/kvm/aia" >"$scratch/initramfs.cpio" || exit 2

start() { # option...
    # shellcheck disable=SC2086 # VHART may be a command with options
    boot $VHART "$@" -m 256 --kernel "$LINUX/Image" --initrd "$scratch/initramfs.cpio" \
        --append "console=ttyS0 quiet"
    await '/ # '
    report $? "$*: a shell"
}

# What drives the serial port, whose interrupts have come; and that remote calls have, too.
works() { # controller
    try "the serial port's interrupt comes by $1" \
        "awk '/ttyS0/ && \$2 + \$3 { print \$4, \"works\" }' /proc/interrupts" "$1.* works"
    try "both harts have had IPIs" \
        "awk '/Function call/ && \$2 && \$3 { print \"both\" }' /proc/interrupts" 'both'
}

off() {
    echo poweroff >&3
    ends_with 0 "poweroff ends the simulator with status 0"
}

echo 1..16
start --aia=aplic --smp 2
works APLIC-DIRECT
off

start --aia=aplic-imsic,guests=3 --smp 2
works APLIC-MSI
try "the kernel makes its IPIs MSIs" 'dmesg | grep -o "providing IPIs using interrupt 1"' \
    'providing IPIs using interrupt 1'
echo 'insmod /lib/kvm.ko.xz; chmod +x /lib/aia' >&3
try "KVM finds the guest files" 'dmesg | grep -o "AIA available with .*"' \
    'AIA available with 3 guest external interrupts'
try "a guest's harts call each other by MSIs" '/lib/aia' 'calls that hart 0 has had: 1000'
# They wait in between, and hgeie and hgeip call the hypervisor when there is something for them.
try "guest external interrupts have woken them" \
    "awk '/riscv-kvm/ && \$2 + \$3 { print \"woken by\", \$6 }' /proc/interrupts" 'woken by 12'
off

start --aia=aplic-imsic,guests=1 --smp 2 --parallel
works APLIC-MSI
off
finish
