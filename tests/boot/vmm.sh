#!/bin/bash
# Boots vmm with its guests on vhart and on QEMU, checks what vhart's console shows, and that QEMU's
# shows the same. Without QEMU the comparison is skipped.
#
# Any two simulators will do: VHART and QEMU may be commands with options, for instance
#     VHART='qemu-system-riscv64 -icount shift=0' QEMU= tests/boot/vmm.sh
#
# The expected lines are derived from the specifications and from the guests' sources.
# shellcheck disable=SC2154 # check.sh sets number and failed
# shellcheck disable=SC2317 # functions that only check() calls
set -u
cd "$(dirname "$0")/../.." || exit 2
export VHART=${VHART:-build/vhart} BUILD=${BUILD:-build}
QEMU=${QEMU-qemu-system-riscv64}
TMP=${TMP:-$(mktemp -d)}

# shellcheck source=/dev/null
. tests/boot/check.sh

hello_lines() {
    cat <<'END'
[hello] hello from VS-mode on hart 0
[hello] arguments: vmm.name=hello greetings
[hello] ramdisk of 49 bytes: a ramdisk of two lines
[hello] SBI 3.0 with BASE TIME DBCN SRST HSM; hart 0 is in state 0
[hello] an unknown call is answered -2
[hello] text outside of memory is answered -3
[hello] hgatp: illegal instruction
[hello] Sv39 is on
[hello] VU: a program below the kernel
[hello] page fault of a store to 0x40201238: a page is mapped
[hello] VU: the heap came when it was touched
[hello] page fault of a load from 0x80200000: refused
[hello] VU: the kernel's memory is not for me
[hello] illegal instruction: refused
[hello] VU: zero is not an instruction
[hello] illegal instruction: refused
[hello] VU: sstatus is not for me
[hello] illegal instruction: refused
[hello] VU: wfi is not for me
[hello] 3 ticks taken
[hello] VU: interrupted while computing, and time went on
[hello] 2 ticks waited for
[hello] VU: slept well
[hello] floating-point registers lost to others: 0
[hello] goodbye
[hello] (vmm) ended: shut down
END
}

compute_lines() {
    cat <<'END'
[compute] counting primes, then digesting
[compute] primes below 10000000: 664579, right
[compute] SHA-256 of a million 'a': cdc76e5c 9914fb92 81a1c7e2 84d73e67 f1809a48 a497200e 046d39cc c7112cd0, right
[compute] floating-point registers lost to others: 0
[compute] (vmm) ended: shut down
END
}

# wild_lines NAME ACT ADDRESS: a wild guest says what it is about to do, and then ends for it.
wild_lines() {
    echo "[$1] wild=$1: about to do it"
    echo "[$1] (vmm) ended: $2 gpa 0x$3 at pc 0x...: outside of its memory"
}

# start SIMULATOR NAME GUEST...: leaves NAME.console, NAME.streams; its status is the simulator's.
start() {
    local name=$2 status
    VHART=$1 SSTC=${SSTC:-on} MEMORY=${MEMORY:-512} HARTS=${HARTS:-1} tests/boot/vmm/start.sh "${@:3}" >"$TMP/$name.console" 2>&1
    status=$?
    awk -f tests/boot/vmm/streams.awk "$TMP/$name.console" >"$TMP/$name.streams"
    ((status == 0)) || tail -n 8 "$TMP/$name.console"
    return "$status"
}

# both NAME GUEST...: boots on the one, then on the other.
both() {
    check "$1: vhart ends with status 0" start "$VHART" "$@"
    check "$1: vmm sees all VMs end" grep -qx '\[vmm\] all VMs have ended' "$TMP/$1.streams"
    if command -v "${QEMU%% *}" >/dev/null; then
        check "$1: QEMU ends with status 0" start "$QEMU" "$1-qemu" "${@:2}"
        check "$1: QEMU shows the same" diff "$TMP/$1-qemu.streams" "$TMP/$1.streams"
    else
        skip "$1: QEMU ends with status 0" "no QEMU"
        skip "$1: QEMU shows the same" "no QEMU"
    fi
}

# shows NAME VM EXPECTED: the VM's lines, with addresses of code masked, are these and no more.
shows() {
    diff <(printf '%s\n' "$3") \
        <(grep "^\[$2\]" "$TMP/$1.streams" | sed 's/at pc 0x[0-9a-f]*/at pc 0x.../')
}

# preempted NAME VM: it has had at least three slices.
preempted() {
    local slices
    slices=$(awk -v vm="$2:" '$1 == "[vmm]" && $2 == vm && $3 == "slices" { print $4 }' "$TMP/$1.console")
    echo "slices: $slices"
    [[ $slices =~ ^[0-9]+ ]] && ((BASH_REMATCH[0] >= 3))
}

# many_store_faults NAME VM: it has had more than its few 2 MiB blocks account for.
many_store_faults() {
    awk -v vm="$2:" '$2 == vm && /store guest-page fault/ { print; n = $6 } END { exit !(n > 100) }' "$TMP/$1.console"
}

# all_right NAME VM COUNT: the VM's checks are so many, and all right.
all_right() {
    grep "^\[$2\] .*: WRONG" "$TMP/$1.streams"
    [[ $(grep -c "^\[$2\] .*: right" "$TMP/$1.streams") = "$3" ]]
}

echo 1..50
printf 'a ramdisk of two lines\nof which one line is shown' >"$TMP/ramdisk"
pair=("hello:hello.elf:greetings:$TMP/ramdisk" compute:compute.elf)

both pair "${pair[@]}"
check "pair: hello's lines" shows pair hello "$(hello_lines)"
check "pair: compute's lines" shows pair compute "$(compute_lines)"
check "pair: hello was preempted" preempted pair hello
check "pair: compute was preempted" preempted pair compute

both flat "hello:hello.bin:greetings:$TMP/ramdisk" compute:compute.bin
check "flat: hello's lines" shows flat hello "$(hello_lines)"
check "flat: compute's lines" shows flat compute "$(compute_lines)"

# Without Sstc the guests' timers are vmm's work.
SSTC=off both timer "${pair[@]}"
check "timer: it is not Sstc's" grep -q "timer by SBI" "$TMP/timer.console"
check "timer: hello's lines" shows timer hello "$(hello_lines)"

# With few 2 MiB blocks in the machine, the rest of the guests' memory comes in 4 KiB pages.
MEMORY=18 both small "${pair[@]}"
check "small: compute's lines" shows small compute "$(compute_lines)"
check "small: pages of 4 KiB" many_store_faults small compute

both wild "${pair[@]}" store:wild.elf:wild=store load:wild.elf:wild=load \
    fetch:wild.elf:wild=fetch table:wild.elf:wild=table wait:wild.elf:wild=wait
check "wild: hello's lines" shows wild hello "$(hello_lines)"
check "wild: compute's lines" shows wild compute "$(compute_lines)"
check "wild: a store outside" shows wild store "$(wild_lines store 'store to' 40000000)"
check "wild: a load outside" shows wild load "$(wild_lines load 'load from' 40000000)"
check "wild: a fetch outside" shows wild fetch "$(wild_lines fetch 'fetch from' 40000000)"
check "wild: a page table outside" shows wild table "$(wild_lines table 'load from' 40000008)"
check "wild: a wait for ever" shows wild wait "[wait] wild=wait: about to do it
[wait] (vmm) ended: it waits for an interrupt that cannot come"

# A second hart, interrupts, devices: on one hart, and on three
parts=("one:parts.elf:vmm.vcpus=2 vmm.pass=rtc@101000 vmm.share=1 vmm.debug=1 1" "two:parts.elf:vmm.share=1 2")
both parts "${parts[@]}"
check "parts: one's checks" all_right parts one 68
check "parts: two's checks" all_right parts two 6
HARTS=3 both harts "${parts[@]}"
check "harts: one's checks" all_right harts one 68
check "harts: two's checks" all_right harts two 6
check "harts: one kicks the other" grep -q ' kick ' "$TMP/harts.console"

exit "$failed"
