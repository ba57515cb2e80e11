#!/bin/bash
# vmm on machines whose interrupt controllers are AIA's in place of a PLIC, vhart's and QEMU's: guests find their
# own devices, timers and interrupts there, and nothing of AIA that could tell them of each other. (Where there
# are IMSICs the harts have Ssaia, and here no Smstateen to close it.)
#
# Environment: as for vmm.sh.
# shellcheck disable=SC2154 # check.sh sets number and failed
# shellcheck disable=SC2317 # functions that only check() calls
set -u
cd "$(dirname "$0")/../.." || exit 2
export BUILD=${BUILD:-build}
VHART=${VHART:-build/vhart}
QEMU=${QEMU-qemu-system-riscv64}
TMP=${TMP:-$(mktemp -d)}

# shellcheck source=/dev/null
. tests/boot/check.sh

# runs MACHINE HARTS GUEST...
runs() {
    VHART=$1 HARTS=$2 tests/boot/vmm/start.sh "${@:3}" >"$TMP/console" 2>&1
}

# A line may come in two parts where the machine is slow: what is not ended in time is shown as a prompt.
shown() { # line
    tr -d '\r' <"$TMP/console" | grep -qE "^$1\$"
}

disk_is_right() {
    ! grep WRONG "$TMP/console" && [ "$(grep -c '^\[d\] .*: right' "$TMP/console")" = 15 ]
}

# machine NAME MACHINE: what there is to see on this one
machine() {
    check "$1: status 0" runs "$2" 2 hello:hello.elf "d:disk.elf:vmm.devices=disk vmm.vcpus=2:$TMP/ram" \
        "i:hostile/harts_storm.elf:vmm.vcpus=4 vmm.devices=net" "e:parts.elf:vmm.pass=rtc@101000"
    check "$1: hello has come to its end" shown '\[vmm\] hello ended: shut down'
    check "$1: so has one whose harts send each other IPIs" shown '\[i\] (.* )?0 not contained'
    check "$1: a guest's disk" disk_is_right
    check "$1: no interrupt of the machine's to give away" shown \
        '\[vmm\] rtc@101000 has an interrupt, for which the machine must have a PLIC'
    check "$1: status 0 again" runs "$2" 1 a:hostile/probe_optional.elf b:hostile/probe_optional.elf:other=1
    check "$1: CSRs that cannot be closed are each guest's own" eval \
        "shown '\[a\] (.* )?0 not contained' && shown '\[b\] (.* )?0 not contained'"
}

echo 1..29
{ echo sector && head -c 51193 /dev/zero; } >"$TMP/ram"
machine "vhart, APLIC" "$VHART --aia=aplic"
machine "vhart, IMSICs" "$VHART --aia=aplic-imsic,guests=3 --isa=rv64gch_sstc_smaia_ssaia"
check "vhart, IMSICs: these are some" shown '\[a\] CSR 0x150 can be reached'
for aia in aplic aplic-imsic,aia-guests=3; do
    if command -v "${QEMU%% *}" >/dev/null; then
        machine "QEMU, $aia" "$QEMU -M virt,aia=$aia"
    else
        for _ in 1 2 3 4 5 6 7; do skip "QEMU, $aia" "no QEMU"; done
    fi
done
exit "$failed"
