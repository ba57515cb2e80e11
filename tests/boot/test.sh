#!/bin/bash
# Boots vmm with its guests and checks what the console shows.
#
#   test.sh              on $SIMULATOR (see boot.sh)
#   REFERENCE=... test.sh    and compares the same boots on the reference's command
#
# The expected lines below are derived from the specifications and the guests' sources.
# Ends in "N passed, N failed"; exit status 1 if any failed.
set -u
cd "$(dirname "$0")/../.." || exit 2

here=tests/boot
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# check WHAT COMMAND...: counts the command's success.
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
    fi
}

hello_lines() {
    cat <<'END'
[hello] hello from VS-mode on hart 0
[hello] arguments: vmm.name=hello greetings
[hello] ramdisk of 49 bytes: a ramdisk of two lines
[hello] SBI 2.0 with BASE TIME DBCN SRST HSM; hart 0 is in state 0
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

# boot NAME GUEST...: leaves console, streams and status behind; again on the reference.
boot() {
    local name=$1
    shift
    BUILD=${BUILD:-build} "$here/boot.sh" "$@" >"$scratch/$name.console" 2>&1
    echo $? >"$scratch/$name.status"
    "$here/streams.sh" <"$scratch/$name.console" >"$scratch/$name.streams"
    check "$name: the simulator ends with status 0" grep -qx 0 "$scratch/$name.status"
    check "$name: vmm sees all VMs end" grep -q '^\[vmm\] all VMs have ended' "$scratch/$name.streams"
    [[ -n ${REFERENCE:-} ]] || return 0
    SIMULATOR=$REFERENCE "$here/boot.sh" "$@" 2>&1 | "$here/streams.sh" >"$scratch/$name.reference"
    check "$name: the same on $REFERENCE" diff -u "$scratch/$name.reference" "$scratch/$name.streams"
}

# has_stream NAME VM EXPECTED: the VM's lines, with addresses of code masked, are these and no more.
has_stream() {
    diff -u <(printf '%s\n' "$3") \
        <(grep "^\[$2\]" "$scratch/$1.streams" | sed 's/at pc 0x[0-9a-f]*/at pc 0x.../')
}

at_least() { [[ $2 =~ ^[0-9]+$ ]] && (($2 >= $1)); }

# slices NAME COLUMN: the turns that the VM of this column of the table has had.
slices() {
    tr -d '\r' <"$scratch/$1.console" | awk -v column="$2" '/^\[vmm\] slices / { print $(column + 2) }'
}

printf 'a ramdisk of two lines\nof which one line is shown' >"$scratch/ramdisk"
pair=("hello:hello.elf:greetings:$scratch/ramdisk" compute:compute.elf)

boot pair "${pair[@]}"
check "pair: hello's lines" has_stream pair hello "$(hello_lines)"
check "pair: compute's lines" has_stream pair compute "$(compute_lines)"
check "pair: hello was preempted" at_least 3 "$(slices pair 1)"
check "pair: compute was preempted" at_least 3 "$(slices pair 2)"

boot flat "hello:hello.bin:greetings:$scratch/ramdisk" compute:compute.bin
check "flat: hello's lines" has_stream flat hello "$(hello_lines)"
check "flat: compute's lines" has_stream flat compute "$(compute_lines)"

boot wild "${pair[@]}" store:wild.elf:wild=store load:wild.elf:wild=load \
    fetch:wild.elf:wild=fetch table:wild.elf:wild=table wait:wild.elf:wild=wait
check "wild: hello's lines" has_stream wild hello "$(hello_lines)"
check "wild: compute's lines" has_stream wild compute "$(compute_lines)"
check "wild: a store outside" has_stream wild store "$(wild_lines store 'store to' 10000000)"
check "wild: a load outside" has_stream wild load "$(wild_lines load 'load from' 10000000)"
check "wild: a fetch outside" has_stream wild fetch "$(wild_lines fetch 'fetch from' 10000000)"
check "wild: a page table outside" has_stream wild table "$(wild_lines table 'load from' 10000008)"
check "wild: a wait for ever" has_stream wild wait "[wait] wild=wait: about to do it
[wait] (vmm) ended: it waits for an interrupt that cannot come"

if ((failed)); then
    for console in "$scratch"/*.console; do
        echo "---- ${console##*/}"
        cat "$console"
    done
fi
echo "$passed passed, $failed failed"
exit $((failed != 0))
