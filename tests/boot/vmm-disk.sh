#!/bin/bash
# A guest's disk: a RAM disk, and a partition of the board's disk, on vhart and on QEMU, whose table is an MBR or
# a GPT. What the guest reports is one thing, what then stands in the partition, and beside it, another. Two guests with a
# partition each: neither can keep the disk from the other.
#
# Environment: as for vmm.sh.
# shellcheck disable=SC2154 # check.sh sets number and failed
# shellcheck disable=SC2317 # functions that only check() calls
set -u
cd "$(dirname "$0")/../.." || exit 2
export VHART=${VHART:-build/vhart} BUILD=${BUILD:-build}
QEMU=${QEMU-qemu-system-riscv64}
TMP=${TMP:-$(mktemp -d)}
SECTORS=100 START=2048

# shellcheck source=/dev/null
. tests/boot/check.sh

put() { # file offset: standard input goes there
    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# runs NAME SIMULATOR GUEST...: the console is NAME.console
runs() {
    VHART=$2 tests/boot/vmm/start.sh "${@:3}" >"$TMP/$1.console" 2>&1
}

all_right() { # name vm sectors text
    tr -d '\r' <"$TMP/$1.console" | grep "^\\[$2\\]" | tee "$TMP/$1.lines"
    ! grep WRONG "$TMP/$1.lines" || return 1
    grep -qx "\[$2\] it has $3 sectors" "$TMP/$1.lines" && grep -qx "\[$2\] it begins: $4" "$TMP/$1.lines" &&
        [ "$(grep -c ': right$' "$TMP/$1.lines")" = 15 ]
}

# The ram disk's text, and a disk of random bytes with two partitions, of which the second is ours.
make_disks() {
    head -c $((SECTORS * 512)) /dev/zero >"$TMP/ram"
    printf 'sector zero of a RAM disk' | put "$TMP/ram" 0
    head -c $(((START + SECTORS + 50) * 512)) /dev/urandom >"$TMP/disk"
    printf 'sector zero of ours, at last' | put "$TMP/disk" $((START * 512))
    printf 'sector zero of another one' | put "$TMP/disk" 512
    head -c 64 /dev/zero | put "$TMP/disk" 446
    printf '\0\0\0\0\203\0\0\0\001\0\0\0\377\007\0\0' | put "$TMP/disk" 446
    printf '\0\0\0\0\203\0\0\0\0\010\0\0\144\0\0\0' | put "$TMP/disk" 462
    printf '\125\252' | put "$TMP/disk" 510
    cp "$TMP/disk" "$TMP/before"
}

# changed DISK FIRST LAST...: these sectors are new, all others as they were.
changed() {
    local disk=$1
    shift
    diff <(cmp -l "$disk" "$TMP/before" | awk '{ print int(($1 - 1) / 512) }' | uniq) \
        <(while [ $# -gt 0 ]; do
            seq "$1" "$2"
            shift 2
        done)
}

# le BYTES NUMBER...: numbers, little-endian
le() {
    local bytes=$1 n i
    shift
    for n; do
        for ((i = 0; i < bytes; i++)); do
            # shellcheck disable=SC2059 # an escape that is made here
            printf "\\x$(printf %02x $((n >> 8 * i & 255)))"
        done
    done
}

# The same disk with a GPT, by the offsets of UEFI 2.10, 5.3: a table of 128 entries from sector 2 on, with ours
# as the sixth. Its first sector says that all belongs to one partition, of GPT's type.
make_gpt() {
    cp "$TMP/before" "$TMP/gpt"
    { le 1 0 0 0 0 0xee 0 0 0 && le 4 1 4294967295 && le 8 0 0 0 0 0 0; } | put "$TMP/gpt" 446
    { printf 'EFI PART' && le 4 0x10000 92 0 0 && le 8 1 0 34 4000 0 0 2 && le 4 128 128 0; } | put "$TMP/gpt" 512
    head -c $((128 * 128)) /dev/zero | put "$TMP/gpt" 1024
    { le 8 0x47723d1b 7 99 99 $START $((START + SECTORS - 1)) 0; } | put "$TMP/gpt" $((1024 + 5 * 128))
    cp "$TMP/gpt" "$TMP/before"
}

# before NAME VM OTHER: the one ended well, and before the other
before() {
    tr -d '\r' <"$TMP/$1.console" | grep -a ' ended: '
    tr -d '\r' <"$TMP/$1.console" | grep -a ' ended: ' | head -n 1 | grep -qx "\[vmm\] $2 ended: shut down" &&
        grep -qa "^\[vmm\] $3 ended: shut down" "$TMP/$1.console"
}

refused() { # name
    grep -q 'd ended: cannot start: one of its devices cannot be had' "$TMP/$1.console"
}

# partitions NAME MS MACHINE: what of them works there, with attacks of so many ms; the machine has $TMP/disk
partitions() {
    local at=$1 ms=$2 machine=$3 attack ours
    make_disks
    check "$at: a partition: status 0" runs partition "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=2"
    check "$at: a partition" all_right partition d $SECTORS "sector zero of ours,"
    check "$at: nothing else on the disk has changed" changed "$TMP/disk" 2049 2049 2132 2147
    check "$at: one that is not there: status 0" runs third "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=3"
    check "$at: the VM does not start" refused third
    HARTS=2 check "$at: two partitions: status 0" runs both "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=2" \
        "e:disk.elf:vmm.devices=disk vmm.partition=1"
    check "$at: two partitions: the one" all_right both d $SECTORS "sector zero of ours,"
    check "$at: two partitions: the other" all_right both e 2047 "sector zero of anoth"
    for attack in empty abandon; do
        ours=("d:disk.elf:vmm.devices=disk vmm.partition=2" "e:hostile/disk_$attack.elf:vmm.devices=disk vmm.partition=1 ms=$ms")
        check "$at: a neighbour's attack, $attack: status 0" runs $attack "$machine" "${ours[@]}"
        check "$at: a neighbour's attack, $attack" all_right $attack d $SECTORS "sector zero of ours,"
        check "$at: its end" grep -aq '^\[e\] .* 0 not contained' "$TMP/$attack.console"
    done
    check "$at: nobody waits for who asks for no answer" before abandon d e
    make_gpt
    machine=${machine/"$TMP/disk"/"$TMP/gpt"}
    check "$at: a GPT: status 0" runs gpt "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=6"
    check "$at: a GPT's sixth partition" all_right gpt d $SECTORS "sector zero of ours,"
    check "$at: nothing else of it has changed" changed "$TMP/gpt" 2049 2049 2132 2147
    check "$at: an empty entry: status 0" runs hole "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=1"
    check "$at: is no partition" refused hole
    check "$at: beyond its entries: status 0" runs beyond "$machine" "d:disk.elf:vmm.devices=disk vmm.partition=129"
    check "$at: there is no partition" refused beyond
}

echo 1..48
make_disks
check "a RAM disk: status 0" runs ram "$VHART" "d:disk.elf:vmm.devices=disk:$TMP/ram"
check "a RAM disk" all_right ram d $SECTORS "sector zero of a RAM"
check "without a disk: status 0" runs none "$VHART" "d:disk.elf:vmm.devices=disk vmm.partition=2"
check "without a disk the VM does not start" refused none
partitions vhart 1000 "$VHART --disk $TMP/disk"
if command -v "${QEMU%% *}" >/dev/null; then
    partitions QEMU 4000 "$QEMU -global virtio-mmio.force-legacy=false -drive if=none,id=d,format=raw,file=$TMP/disk -device virtio-blk-device,drive=d"
else
    for ((k = 0; k < 22; k++)); do skip "partitions on QEMU" "no QEMU"; done
fi
exit "$failed"
