#!/bin/bash
# A guest's disk: a RAM disk, and a partition of the board's disk, on vhart and on QEMU. What the guest
# reports is one thing, what then stands in the partition, and beside it, another.
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

# changed FIRST LAST...: these sectors of the disk are new, all others as they were.
changed() {
    diff <(cmp -l "$TMP/disk" "$TMP/before" | awk '{ print int(($1 - 1) / 512) }' | uniq) \
        <(while [ $# -gt 0 ]; do
            seq "$1" "$2"
            shift 2
        done)
}

refused() { # name
    grep -q 'd ended: cannot start: one of its devices cannot be had' "$TMP/$1.console"
}

# partitions NAME SIMULATOR: what of them works there, with that disk
partitions() {
    local at="$1: "
    make_disks
    check "${at}a partition: status 0" runs partition "$2" "d:disk.elf:vmm.devices=disk vmm.partition=2"
    check "${at}a partition" all_right partition d $SECTORS "sector zero of ours,"
    check "${at}nothing else on the disk has changed" changed 2049 2049 2132 2147
    check "${at}one that is not there: status 0" runs third "$2" "d:disk.elf:vmm.devices=disk vmm.partition=3"
    check "${at}the VM does not start" refused third
    HARTS=2 check "${at}two partitions: status 0" runs both "$2" "d:disk.elf:vmm.devices=disk vmm.partition=2" \
        "e:disk.elf:vmm.devices=disk vmm.partition=1"
    check "${at}two partitions: the one" all_right both d $SECTORS "sector zero of ours,"
    check "${at}two partitions: the other" all_right both e 2047 "sector zero of anoth"
}

echo 1..20
make_disks
check "a RAM disk: status 0" runs ram "$VHART" "d:disk.elf:vmm.devices=disk:$TMP/ram"
check "a RAM disk" all_right ram d $SECTORS "sector zero of a RAM"
check "without a disk: status 0" runs none "$VHART" "d:disk.elf:vmm.devices=disk vmm.partition=2"
check "without a disk the VM does not start" refused none
partitions vhart "$VHART --disk $TMP/disk"
on_qemu="-global virtio-mmio.force-legacy=false -drive if=none,id=d,format=raw,file=$TMP/disk -device virtio-blk-device,drive=d"
if command -v "${QEMU%% *}" >/dev/null; then
    partitions QEMU "$QEMU $on_qemu"
else
    for ((k = 0; k < 8; k++)); do skip "partitions on QEMU" "no QEMU"; done
fi
exit "$failed"
