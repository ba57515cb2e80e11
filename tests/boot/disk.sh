#!/bin/bash
# Systems that others wrote and a disk with a file system that another one made: Debian's kernel, harts in
# turn and at the same time, and U-Boot. What Linux leaves on the disk is looked at from outside.
#
# Environment: VHART, BUILD.
# shellcheck disable=SC2154 # lib.sh sets scratch
# shellcheck disable=SC2016 # for shells in there
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
UBOOT=/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
PATH=$PATH:/sbin:/usr/sbin # mke2fs and its family
# shellcheck source=/dev/null
. tests/boot/lib.sh

if ! guests/linux/fetch.sh "$BUILD/linux"; then
    echo "Debian's kernel cannot be fetched here"
    exit 77
fi

# The file to be read, and a partition with it: the first of a disk, at 1 MiB.
mkdir "$scratch/tree"
seq 30000 >"$scratch/tree/given"
sum=$(sha256sum <"$scratch/tree/given")
crc=$(gzip -c "$scratch/tree/given" | tail -c 8 | od -An -tx4 -N4 | tr -d ' ') # as gzip's trailer has it

make_file_system() { # file size blocks-of-1024 option...
    rm -f "$1"
    truncate -s "$2" "$1"
    mke2fs -q -t ext4 -b 1024 -d "$scratch/tree" "${@:4}" "$1" "$3"
}

# What Linux has written; the file system has to be whole.
is_left() {
    e2fsck -fn "$scratch/linux.img" >"$scratch/e2fsck" 2>&1 &&
        cmp <(debugfs -R 'cat /made' "$scratch/linux.img" 2>/dev/null) <(seq 40000)
}

linux() { # name option...
    local at=$1
    shift
    make_file_system "$scratch/linux.img" 16M 16384
    make_file_system "$scratch/other.img" 8M 8192
    cp "$scratch/other.img" "$scratch/other.before"
    boot "$VHART" "$@" -m 256 --disk "$scratch/linux.img" --disk "$scratch/other.img,readonly" --rng \
        --kernel "$BUILD/linux/Image" --initrd "$BUILD/linux/initramfs.cpio" --append "console=ttyS0 quiet"
    await '/ # '
    echo 'for m in virtio_mmio virtio-rng virtio_blk crc32c_generic libcrc32c crc16 mbcache jbd2 ext4; do' \
        'insmod /lib/$m.ko.xz; done; mkdir /one /two' >&3
    try "$at: the disks have their sizes" 'cat /sys/block/vda/size /sys/block/vdb/size | tr "\n" " "; echo' '32768 16384 '
    try "$at: ext4 is mounted" 'mount -t ext4 /dev/vda /one && echo mounted' 'mounted'
    try "$at: a file is as it was made" 'sha256sum </one/given' "$sum"
    try "$at: and on a disk that is read-only" 'mount -o ro -t ext4 /dev/vdb /two && sha256sum </two/given' "$sum"
    try "$at: which cannot be written" 'cat /sys/block/vdb/ro' '1'
    try "$at: the kernel has entropy" 'cat /sys/class/misc/hw_random/rng_current' 'virtio_rng.0'
    echo 'seq 40000 >/one/made; umount /one /two; poweroff' >&3
    ends_with 0 "$at: poweroff"
    is_left
    report $? "$at: what it has written is on the disk, and the file system is whole"
    cmp "$scratch/other.img" "$scratch/other.before"
    report $? "$at: the other disk is as it was"
}

uboot() {
    make_file_system "$scratch/uboot.img" 10M 8192 -E offset=$((2048 * 512)) -O ^metadata_csum,^64bit
    { head -c 450 /dev/zero && printf '\203\0\0\0\0\010\0\0\0\100\0\0' && head -c 48 /dev/zero && printf '\125\252'; } |
        dd of="$scratch/uboot.img" conv=notrunc status=none
    boot "$VHART" -m 512 --kernel $UBOOT --disk "$scratch/uboot.img"
    await 'Hit any key to stop autoboot' && echo >&3
    await '^=> '
    try "U-Boot finds the partition" 'part list virtio 0' ' *1[[:space:]]+2048[[:space:]]+16384[[:space:]].*83'
    try "U-Boot loads the file" 'load virtio 0:1 ${loadaddr} given' '168894 bytes read.*'
    try "and all of it" 'crc32 ${loadaddr} ${filesize}' "crc32 for .* ==> $crc"
    echo poweroff >&3
    ends_with 0 "poweroff ends the run"
}

echo 1..22
linux "in turn"
linux "in parallel" --parallel -p 2
if [ -r $UBOOT ]; then
    uboot
else
    for name in partition file hash end; do echo "ok $((number += 1)) - U-Boot: $name # SKIP no U-Boot"; done
fi
finish
