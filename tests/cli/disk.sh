#!/bin/sh
# --disk and --rng: what a bare program's driver reads and writes, on every tier; what is no disk.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"

build disk disk.c -march=rv64imac_zicsr_zifencei -mabi=lp64 -O1 -fno-toplevel-reorder -mcmodel=medany -Wall -Wextra

put() { # file offset: standard input goes there
    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# 100 sectors: see programs/disk.c. Sector 1 has "li a0, 2; ret".
new_disk() {
    rm -f "$1"
    truncate -s 51200 "$1"
    printf 'sector zero' | put "$1" 0
    printf '\023\005\040\000\147\200\000\000' | put "$1" 512
}

content() { # file offset length
    dd if="$1" bs=1 skip="$2" count="$3" status=none
}

# written FILE TIMES: what the program leaves behind
written() {
    [ "$(content "$1" 1024 7)" = written ] && [ "$(content "$1" 1031 1 | od -An -tu1)" -eq "$2" ]
}

new_disk d.img
cp d.img fresh.img
times=0
for options in --tier=step --tier=block --tier=jit "--tier=jit --heat=1" "-p3 --tier=block" "-p2 --parallel" \
    "--parallel --tier=step" "--tlb=lazy" "--time=host"; do
    times=$((times + 1))
    # shellcheck disable=SC2086 # options
    check_run "$options: the driver's checks" 0 $options --disk d.img disk.elf
    check "$options: what it has written is in the file" written d.img $times
done
cp d.img before.img
for tier in block jit; do
    check_run "--lockstep, $tier" 0 --lockstep --tier=$tier --heat=1 --disk d.img disk.elf
done
check "--lockstep writes to no file" cmp d.img before.img
check_run "snapshot" 0 --disk d.img,snapshot disk.elf
check "a snapshot leaves the file as it is" cmp d.img before.img
chmod 444 before.img
check_run "a file of which one may not write takes a snapshot" 0 --disk before.img,snapshot disk.elf
check_run "readonly: writing fails, in the guest" 13 --disk d.img,readonly disk.elf
check "readonly leaves the file as it is" cmp d.img before.img
check_run "without a disk" 1 disk.elf

# ---- runs repeat ----
for k in 1 2; do
    cp fresh.img d.img
    run --rng --disk d.img --log-commits --log=log$k disk.elf
done
check "two runs are the same to the bit" cmp log1 log2

# ---- more than one ----
new_disk b.img
check_run "the first --disk is in the first slot" 0 --disk b.img --disk fresh.img --rng disk.elf
check "the second is another one" eval 'written b.img 1 && ! written fresh.img 1'
"$vhart" --dump-dts --disk d.img --disk b.img --rng disk.elf >dts
check "the device tree has a node for each device" [ "$(grep -c 'virtio_mmio@1000[1-3]000' dts)" = 3 ]
check "and no other" [ "$(grep -c 'virtio,mmio' dts)" = 3 ]
eight=$(for k in 1 2 3 4 5 6 7 8; do new_disk d$k.img && echo "--disk d$k.img"; done)
# shellcheck disable=SC2086 # a list of options
check_run "eight disks" 0 $eight disk.elf
# shellcheck disable=SC2086
refuses "more than 8 --disk" $eight --disk b.img disk.elf
# shellcheck disable=SC2086
refuses "8 slots" $eight --rng disk.elf

# ---- what is no disk ----
refuses "No such file" --disk missing disk.elf
refuses "is a directory" --disk . disk.elf
refuses "is a directory" --disk .,readonly disk.elf
refuses "neither a file nor a block device" --disk /dev/null disk.elf
mkfifo fifo
refuses "neither a file nor a block device" --disk fifo,readonly disk.elf
: >nothing
refuses "is empty" --disk nothing disk.elf
truncate -s 1000 odd
refuses "truncate -s %512 odd" --disk odd disk.elf
truncate -s %512 odd
check_run "and that helps" 11 --disk odd disk.elf
refuses "needs a value" --disk
refuses "--disk takes FILE" --disk ,readonly disk.elf
refuses "has this file" --disk b.img --disk b.img disk.elf
refuses "has this file" --disk b.img,readonly --disk b.img disk.elf
check_run "twice to read" 0 --disk b.img,snapshot --disk b.img,readonly disk.elf
refuses "unknown option '--disk'" test --disk b.img disk.elf
printf 'QFI\373' | put b.img 0
run --disk b.img,readonly disk.elf
check "a qcow2 image is pointed out" grep -q "qemu-img convert" err
if [ "$(id -u)" = 0 ]; then
    ok "a file that may not be written # SKIP root may write it"
else
    chmod 444 b.img
    refuses "give --disk b.img,readonly" --disk b.img disk.elf
fi
truncate -s 4T huge 2>/dev/null && check_run "4 TiB, as a snapshot" 11 --disk huge,snapshot disk.elf

finish
