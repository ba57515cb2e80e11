#!/bin/bash
# Do the checks of this folder find what they are for? Each case breaks a copy of vmm in one place,
# boots it with an attack that makes use of that, and wants the finding named.
#
# A case whose place is no longer there fails: find the new place of what it breaks.
# shellcheck disable=SC1091 # lib.sh is beside it
set -u
cd "$(dirname "$0")/../.." || exit 2
export TMP=${TMP:-$(mktemp -d)}
export ROUNDS=8
. tests/hostile/lib.sh
WELL=$BUILD
number=0 bad=0

# build CASE SED-SCRIPT: $TMP/CASE/build/firmware/vmm.elf, with that change
build() {
    mkdir -p "$TMP/$1/build/guests"
    cp -r Makefile firmware "$TMP/$1/"
    find "$TMP/$1/firmware" -name '*.c' -exec sed -i "$2" {} +
    ! diff -qr firmware "$TMP/$1/firmware" >/dev/null || complaint "'$2' changes nothing" || return 1
    make -s -C "$TMP/$1" BUILD=build build/firmware/vmm.elf >"$TMP/make.log" 2>&1 ||
        complaint "vmm does not build any more: $(grep -m 1 error: "$TMP/make.log")" || return 1
    cp "$WELL/guests/neighbour.elf" "$TMP/$1/build/guests/"
}

# found CASE ATTACK TEXT: the checks fail, with this text
found() {
    BUILD=$TMP/$1/build beside "$1" --instructions 40000000 -- "name=hostile,kernel=$WELL/guests/hostile/$2.elf"
    if { unharmed "$1" reference && came_to "$1" hostile contained; } >"$TMP/$1.why"; then
        complaint "nothing was found"
    else
        grep -q -- "$3" "$TMP/$1.why" || complaint "found: $(cat "$TMP/$1.why")"
    fi
}

# broken CASE SED-SCRIPT ATTACK TEXT
broken() {
    number=$((number + 1))
    if { build "$1" "$2" && found "$1" "$3" "$4"; } >"$TMP/why"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1: $(paste -sd ';' "$TMP/why")"
        bad=1
    fi
}

beside reference -- "name=hostile,kernel=$WELL/guests/hostile/calm.elf"

broken any_ram 's/size <= vm->ram_size - offset/size <= BIT(40)/' gpa_above \
    'outside of the RAM that the device tree gives it'
broken zeroes 's/zero(at, memory_span(size))/zero(at, size == PAGE ? PAGE_SIZE : 0)/' probe_remnants 'not contained'
broken monitor_mapped \
    's/level <= largest/level == 0 \&\& largest/
     s/pte_of(memory, vm/pte_of(gpa >> 20 == 0x806 ? 0x80200000 : memory, vm/' \
    storm_gstage 'where there is '
broken same_page \
    's/return fits ?/static u64 once; if (!once) once = memory_alloc(BLOCK); return level == 1 ? once : fits ?/' \
    calm 'belongs to VM'
broken own_table \
    's/level <= largest/level == 0 \&\& largest/
     s/__atomic_store_n(pte, pte_of(table, PTE_V).*/{ & ((u64 *)table)[511 * (*level == 1)] = pte_of(table, LEAF); }/' \
    calm 'G-stage table'
broken deputy \
    's/^    char text\[CONSOLE_CHUNK\];/    for (struct vm *other = vms; other; other = other->next)\n        if (other->root) gstage_write(other, 0x80300000, \&size, 8);\n&/' \
    calm 'stood still when the hypervisor'
broken floats 's/^    fp_save(v);//' probe_float 'did not end well'
broken sscratch 's/act(vsscratch)//' probe_csrs 'did not end well'
broken no_slices 's/return SWITCH;/{ sched_arm(v); return STAY; }/' lost_spin 'did not end well'
broken greedy \
    's/host.timebase \/ SLICES_PER_SECOND/& * (v->vm == vms ? 1 : 4)/; s/vruntime += ran/& * (v->vm == vms ? 4 : 1)/' \
    storm_satp '% of the time'
broken panics 's/    vm_end(v->vm, "%s gpa/    panic("%s gpa/' gpa_clint 'cannot go on'
broken answers 's/\(sbiret [a-z_]*not_supported = \){[^,]*,/\1{5,/' sbi_unknown 'not contained'
broken spoils 's/^    a\[0\] = (u64)r.error;/&\n    a[2]++;/' sbi_base 'registers changed'

echo "1..$number"
exit $bad
