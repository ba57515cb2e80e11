#!/bin/bash
# Boot Debian's kernel as a guest to its shell's prompt and off again, under vmm and under KVM, and
# print how often it left its world (vhart --exits), by cause:
#
#   bench/kvm/exits.sh [vmm | small | huge]...
#
# vmm     vmm itself
# small   KVM in Debian's kernel, guest memory as mmap gives it
# huge    the same, guest memory from a pool of 2 MiB pages
#
# The guest's kernel, initramfs, command line, memory, devices, device tree and ISA are the same
# three times. Each console is left in $OUT/NAME.console. Status 1 if a boot failed.
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
OUT=${OUT:-$BUILD/bench/kvm}
LINUX=$BUILD/linux
# shellcheck source=/dev/null
. tests/boot/lib.sh

make_host() {
    guests/linux/initramfs.sh "$LINUX/busybox" bench/kvm/init "$LINUX/kvm.ko.xz" \
        "$BUILD/bench/kvm/machine" "$LINUX/Image" "$LINUX/initramfs.cpio" >"$OUT/host.cpio.new" &&
        mv "$OUT/host.cpio.new" "$OUT/host.cpio"
}

# What vmm says that it offers, so that KVM's guest has no more and no less.
isa_of_vmm() {
    sed -n 's/.*\[vmm\] hart 0, .* \(rv64[a-z0-9_]*\).*/\1/p' "$OUT/vmm.console"
}

run_vmm() {
    local guest="name=guest,memory=256M,kernel=$LINUX/Image,initrd=$LINUX/initramfs.cpio"
    # shellcheck disable=SC2086 # VHART may be a command with options
    boot $VHART --exits -m 1024 --kernel "$BUILD/firmware/vmm.elf" \
        --guest "$guest,append=console=ttyS0 quiet"
}

run_kvm() { # small|huge
    [ -s "$OUT/host.cpio" ] || make_host || exit 2
    # shellcheck disable=SC2086
    boot $VHART --exits -m 1024 --kernel "$LINUX/Image" --initrd "$OUT/host.cpio" \
        --append "console=ttyS0 quiet isa=$isa pages=$1"
}

measure() { # vmm|small|huge
    case $1 in
    vmm) run_vmm ;;
    *) run_kvm "$1" ;;
    esac
    await '^(\[guest\] )?/ # ' && echo poweroff >&3
    wait "$machine"
    local status=$?
    machine=
    # shellcheck disable=SC2154 # console is lib.sh's
    tr -d '\r' <"$console" >"$OUT/$1.console"
    [ $status = 0 ] && shown '(guest ended with status 0|guest ended: shut down)'
}

failed() { # name
    echo "$1: the boot failed: see $OUT/$1.console" >&2
    exit 1
}

# The reports beside each other: a row for each cause that one of them has.
table() { # name...
    local name
    for name; do sed -n "s/^vhart: exits: /$name\t/p" "$OUT/$name.console"; done |
        awk -F '\t' -v names="$*" '
            $2 ~ /steps in guests/ { split($2, w, " "); inside[$1] = w[1]; next }
            $2 ~ /^cause / { next }
            { cause = substr($2, 1, 30); sub(/ +$/, "", cause)
              split(substr($2, 31), w, " ")
              if (!(cause in seen)) { seen[cause] = 1; if (cause != "all") order[++n] = cause }
              count[$1, cause] = w[1] + w[2]; steps[$1, cause] = w[3] }
            END {
                order[++n] = "all"; columns = split(names, name, " ")
                printf "%-30s", "exits and steps outside"
                for (c = 1; c <= columns; c++) printf "%9s %12s", name[c], ""
                print ""
                for (i = 1; i <= n; i++) {
                    printf "%-30s", order[i]
                    for (c = 1; c <= columns; c++)
                        printf "%9d %12d", count[name[c], order[i]], steps[name[c], order[i]]
                    print ""
                }
                printf "%-30s", "steps in the guest"
                for (c = 1; c <= columns; c++) printf "%9s %12d", "", inside[name[c]]
                print ""
            }'
}

[ $# -gt 0 ] || set -- vmm small huge
mkdir -p "$OUT"
rm -f "$OUT/host.cpio"
measure vmm || failed vmm
isa=$(isa_of_vmm)
for name; do
    [ "$name" = vmm ] || measure "$name" || failed "$name"
done
table "$@"
