#!/bin/bash
# Boots OpenSBI, vmm and guests on a simulator and prints its console.
#
#   boot.sh GUEST...     GUEST = NAME:IMAGE[:WORD[:RAMDISK]], IMAGE below $BUILD/guests, WORD for its
#                        arguments, RAMDISK a file
#
# SIMULATOR   the command, with options if need be (default qemu-system-riscv64). If its name begins
#             with "qemu", guests are placed by -device guest-loader, else by vhart's --guest.
# BUILD       where vmm and the guests are (default build)
# FIRMWARE    OpenSBI's fw_dynamic (default Debian's)
# Exits with the simulator's status; 124 if it does not end within $LIMIT seconds (default 120).
set -u

BUILD=${BUILD:-build}
FIRMWARE=${FIRMWARE:-/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin}
read -r -a command <<<"${SIMULATOR:-qemu-system-riscv64}"

is_qemu() { [[ ${command[0]##*/} == qemu* ]]; }

if is_qemu; then
    command+=(-M virt -m 512 -nographic -bios "$FIRMWARE" -kernel "$BUILD/firmware/vmm.elf")
else
    command+=(-m 512M --bios "$FIRMWARE" --kernel "$BUILD/firmware/vmm.elf")
fi

address=$((0x84000000))
for guest in "$@"; do
    IFS=: read -r name image word ramdisk <<<"$guest"
    kernel=$BUILD/guests/$image
    arguments="vmm.name=$name${word:+ $word}"
    if is_qemu; then
        where=$(printf '0x%x' "$address")
        command+=(-device "guest-loader,addr=$where,kernel=$kernel,bootargs=$arguments")
        where=$(printf '0x%x' $((address + 0x800000)))
        [[ -n $ramdisk ]] && command+=(-device "guest-loader,addr=$where,initrd=$ramdisk")
    else
        initrd=${ramdisk:+,initrd=$ramdisk}
        command+=(--guest "name=$name,kernel=$kernel,append=$arguments$initrd")
    fi
    address=$((address + 0x1000000))
done

exec timeout "${LIMIT:-120}" "${command[@]}" </dev/null
