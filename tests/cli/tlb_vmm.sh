#!/bin/sh
# vmm has its fences: under a lazy cache of translations its guests run as ever.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, limit
built=$(realpath "${BUILD:-build}")
. "$(dirname "$0")/lib.sh"
limit=$((limit * 10))

# Three guests; of two VMIDs each is another VM's soon, and the VM may come by another hart.
hello=kernel=$built/guests/hello.elf
for how in "" --vmid-bits=1; do
    # shellcheck disable=SC2086
    run --tlb=lazy -p 2 $how --kernel "$built/firmware/vmm.elf" \
        --guest "$hello" --guest "$hello,name=other" --guest "$hello,name=third"
    check "vmm $how" [ "$status" -eq 0 ]
    for guest in hello other third; do
        check "$guest $how" [ "$(grep -c "^\[$guest\] floating-point registers lost to others: 0" out)" = 1 ]
    done
done

finish
