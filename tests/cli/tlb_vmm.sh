#!/bin/sh
# vmm has its fences: under a lazy cache of translations its guests run as ever.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, limit
built=$(realpath "${BUILD:-build}")
. "$(dirname "$0")/lib.sh"
limit=$((limit * 10))

run --tlb=lazy --kernel "$built/firmware/vmm.elf" --guest "kernel=$built/guests/hello.elf" \
    --guest "kernel=$built/guests/hello.elf,name=other"
check "vmm" [ "$status" -eq 0 ]
for guest in hello other; do check "$guest" grep -q "$guest ended: shut down" out; done

finish
