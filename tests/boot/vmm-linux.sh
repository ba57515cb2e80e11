#!/bin/bash
# Boot Debian's stock kernel twice under vmm, two vCPUs each on two harts, with a network between
# them; type at both, let one panic, end both.
#
# The expected lines are those of busybox and of the kernel.
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

escape=$'\x1d'
guest() { # name
    echo "name=$1,cpus=2,memory=192M,kernel=$BUILD/linux/Image,initrd=$BUILD/linux/initramfs.cpio"
}
arguments="console=ttyS0 quiet vmm.devices=net,console"

# shellcheck disable=SC2086 # VHART may be a command with options
boot $VHART -p 2 -m 1024 --kernel "$BUILD/firmware/vmm.elf" \
    --guest "$(guest a),append=$arguments net=10.0.0.1" \
    --guest "$(guest b),append=$arguments net=10.0.0.2"

echo 1..12
await '^\[a\] / # '
report $? "a starts a shell"
await '^\[b\] / # '
report $? "b starts a shell"
try "a has two harts" 'nproc' '\[a\] 2'
# sha256 of the digits 1 to 2000, a line each; by coreutils on the host.
try "a computes" 'seq 2000 | sha256sum' \
    '\[a\] 6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38 .*'
try "a reaches b over the network" 'ping -c 3 10.0.0.2' '\[a\] 3 packets transmitted, 3 packets received, 0% packet loss'
try "the virtio console is a's, too" 'echo by another way >/dev/hvc0' '\[a\] by another way'
printf '%s2' "$escape" >&3
try "the console changes" '' '\[vmm\] the console is b.s'
try "b has the console" 'hostname b; hostname' '\[b\] b'
try "b panics" 'echo c >/proc/sysrq-trigger' '.* Kernel panic .*'
printf '%s1' "$escape" >&3
try "a does not mind" 'seq 3000 | md5sum' '\[a\] ee9762749fc5338b6c9b0948d14219c7 .*'
printf '%s2%sk' "$escape" "$escape" >&3
await '^\[vmm\] b ended: killed$'
report $? "b can be killed"
echo poweroff >&3
ends_with 0 "a's poweroff ends it all with status 0"
finish
