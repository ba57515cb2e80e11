#!/bin/sh
# --tlb: a lazy cache of translations shows each missing fence, a strict one none, and what has its
# fences does the same on both.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
tests=$(realpath "${BUILD:-build}/tests/isa")
. "$(dirname "$0")/lib.sh"
limit=$((limit * 5))

has() { grep -q "$1" out; }
lacks() { ! has "$1"; }

# ---- tests/isa/missing_fence.c says which translation it got where it lacked a fence ----
check_run "strict" 0 --tlb=strict "$tests/missing_fence.elf"
check "always the new translation" lacks ': old$'
strict=$(grep -c ': new$' out)
check_run "lazy" 0 --tlb=lazy "$tests/missing_fence.elf"
check "always the old one" lacks ': new$'
check "in as many cases" [ "$(grep -c ': old$' out)" -eq "$strict" ]

# ---- entries that become valid (tests/isa/profile.c): without a fence only with Svvptc ----
check_run "lazy with Svvptc" 0 --tlb=lazy "$tests/profile.elf"
isa=$(run --dump-dts; sed -n 's/.*riscv,isa = "\(.*\)";/\1/p' out)
run --tlb=lazy --isa="$(echo "$isa" | sed s/_svvptc//)" "$tests/profile.elf"
check "lazy without Svvptc" [ "$(grep -c entries_become_valid out)" -gt 0 ]
run --tlb=strict --isa="$(echo "$isa" | sed s/_svvptc//)" "$tests/profile.elf"
check "strict without Svvptc" lacks entries_become_valid

# ---- programs with their fences ----
for name in h_fence h_world h_twostage h_hlv h_permission sv svinval; do
    check_run "lazy: $name" 0 --tlb=lazy "$tests/$name.elf"
done
check_run "strict: vhart test" 0 test --tlb=strict "$tests/h_fence.elf" "$tests/h_world.elf"

# ---- mistakes ----
refuses "--tlb takes tier, strict or lazy" --tlb=loose "$tests/sv.elf"
refuses "--tlb=lazy and strict have the stepper" --lockstep --tlb=lazy "$tests/sv.elf"

finish
