#!/bin/bash
# Boots OpenSBI, vmm and guests on a simulator; its output is the console.
#
#   start.sh GUEST...    GUEST = NAME:IMAGE[:WORD[:RAMDISK]], IMAGE below $BUILD/guests, WORD for its
#                        arguments, RAMDISK a file
#
# VHART       the simulator, with options if need be. If its name begins with "qemu", guests are
#             placed by -device guest-loader, else by vhart's --guest.
# SSTC        "off": a hart without Sstc
# HARTS       of the machine (default 1)
# MEMORY      of the machine, in MiB (default 512)
# BUILD       where vmm and the guests are (default build)
# FIRMWARE    OpenSBI's fw_dynamic (default Debian's)
# Exits with the simulator's status; 124 if it does not end within $LIMIT seconds (default 60).
set -u

BUILD=${BUILD:-build}
MEMORY=${MEMORY:-512}
FIRMWARE=${FIRMWARE:-/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin}
read -r -a command <<<"${VHART:-build/vhart}"

is_qemu() { [[ ${command[0]##*/} == qemu* ]]; }

# Adds a guest to the command. Addresses are only QEMU's concern.
add_guest() { # name image word ramdisk address
    local kernel=$BUILD/guests/$2 arguments="vmm.name=$1${3:+ $3}" kernel_at ramdisk_at
    if ! is_qemu; then
        command+=(--guest "name=$1,kernel=$kernel,memory=128M,append=$arguments${4:+,initrd=$4}")
        return
    fi
    printf -v kernel_at '0x%x' "$5"
    printf -v ramdisk_at '0x%x' $(($5 + 0x20000))
    [[ -z $4 ]] || command+=(-device "guest-loader,addr=$ramdisk_at,initrd=$4")
    command+=(-device "guest-loader,addr=$kernel_at,kernel=$kernel,bootargs=$arguments")
}

if is_qemu; then
    command+=(-M virt -m "$MEMORY" -smp "${HARTS:-1}" -nographic -bios "$FIRMWARE" -kernel "$BUILD/firmware/vmm.elf")
else
    command+=(-m "$MEMORY" -p "${HARTS:-1}" --bios "$FIRMWARE" --kernel "$BUILD/firmware/vmm.elf")
fi

if [[ ${SSTC:-on} == off ]]; then
    if is_qemu; then command+=(-cpu "rv64,sstc=false"); else command+=(--isa=rv64gch); fi
fi

# QEMU puts each guest's node before the earlier ones', hence the last guest goes first.
guests=("$@")
is_qemu && mapfile -t guests < <(printf '%s\n' "$@" | tac)

address=$((0x80400000))
for guest in "${guests[@]}"; do
    IFS=: read -r name image word ramdisk <<<"$guest"
    add_guest "$name" "$image" "$word" "$ramdisk" $address
    address=$((address + 0x40000))
done

exec timeout "${LIMIT:-60}" "${command[@]}" </dev/null
