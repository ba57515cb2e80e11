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

# build CASE FILE SED-SCRIPT: $TMP/CASE/build/firmware/vmm.elf, with that change
build() {
    mkdir -p "$TMP/$1/build/guests"
    cp -r Makefile firmware "$TMP/$1/"
    sed -i "$3" "$TMP/$1/$2"
    ! cmp -s "$2" "$TMP/$1/$2" || complaint "'$3' changes nothing in $2" || return 1
    make -s -C "$TMP/$1" BUILD=build build/firmware/vmm.elf >"$TMP/make.log" 2>&1 ||
        complaint "vmm does not build any more: $(grep -m 1 error: "$TMP/make.log")" || return 1
    cp "$WELL/guests/neighbour.elf" "$TMP/$1/build/guests/"
}

# found CASE ATTACK TEXT: the checks fail, with this text
found() {
    BUILD=$TMP/$1/build beside "$1" --instructions 40000000 -- "name=hostile,kernel=$WELL/guests/hostile/$2.elf"
    if { unharmed "$1" reference && came_to "$1" contained; } >"$TMP/$1.why"; then
        complaint "nothing was found"
    else
        grep -q -- "$3" "$TMP/$1.why" || complaint "found: $(cat "$TMP/$1.why")"
    fi
}

# broken CASE FILE SED-SCRIPT ATTACK TEXT
broken() {
    number=$((number + 1))
    if { build "$1" "$2" "$3" && found "$1" "$4" "$5"; } >"$TMP/why"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1: $(paste -sd ';' "$TMP/why")"
        bad=1
    fi
}

beside reference -- "name=hostile,kernel=$WELL/guests/hostile/calm.elf"

broken any_ram firmware/gstage.c 's/size <= vm->ram_size - offset/size <= BIT(40)/' gpa_above \
    'outside of the RAM that the device tree gives it'
broken zeroes firmware/page.c 's/zeroed(block, BLOCK_SIZE)/zeroed(block, 0)/' \
    probe_remnants 'not contained'
broken monitor_mapped firmware/gstage.c 's/level == 1 \&\& vm_has_ram/level == 9 \&\& vm_has_ram/; s/pte_of(memory, LEAF)/pte_of(gpa >> 20 == 0x806 ? 0x80200000 : memory, LEAF)/' \
    storm_gstage 'where there is '
broken same_page firmware/gstage.c 's/memory = block_alloc();/{ static u64 once; if (!once) once = block_alloc(); memory = once; }/' \
    calm 'belongs to VM'
broken own_table firmware/gstage.c 's/\*pte = pte_of(next, PTE_V);/{ *pte = pte_of(next, PTE_V); ((u64 *)next)[511 * (level == 1)] = pte_of(next, LEAF); }/; s/if (level == 1 \&\&/if (level == 9 \&\&/' \
    calm 'G-stage table'
broken deputy firmware/sbi.c 's/^static struct sbiret console_write(.*/&\n/; s/^    char text\[CONSOLE_CHUNK\];/    for (struct vm *other = vms; other; other = other->next) if (other->root) gstage_write(other, 0x80300000, \&size, 8);\n&/' \
    calm 'stood still when the hypervisor'
broken floats firmware/world.c 's/^    fp_save(v);//' probe_float 'did not end well'
broken sscratch firmware/world.c '/act(CSR_VSSCRATCH/d' probe_csrs 'did not end well'
broken no_slices firmware/sched.c 's/return SWITCH;/{ sched_arm(v); return STAY; }/' lost_spin 'did not end well'
broken greedy firmware/sched.c 's/host.timebase \/ SLICES_PER_SECOND/host.timebase \/ SLICES_PER_SECOND * (v->vm == vms ? 1 : 4)/' \
    storm_satp '% of the time'
broken panics firmware/exit.c 's/    vm_end(v->vm, "%s gpa/    panic("%s gpa/' gpa_clint 'cannot go on'
broken answers firmware/sbi.c 's/^static const struct sbiret not_supported = .*/static const struct sbiret not_supported = {5, 0};/' \
    sbi_unknown 'not contained'
broken spoils firmware/sbi.c 's/^    a\[0\] = (u64)r.error;/&\n    a[2]++;/' sbi_base 'registers changed'

echo "1..$number"
exit $bad
