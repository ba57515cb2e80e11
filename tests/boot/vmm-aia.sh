#!/bin/bash
# vmm on machines whose interrupt controllers are AIA's in place of a PLIC, QEMU's: guests find their own
# devices, timers and interrupts there, and nothing of AIA that could tell them of each other. (With IMSICs
# the harts have Ssaia, and no Smstateen to close it.)
#
# Environment: as for vmm.sh.
# shellcheck disable=SC2154 # check.sh sets number and failed
# shellcheck disable=SC2317 # functions that only check() calls
set -u
cd "$(dirname "$0")/../.." || exit 2
export BUILD=${BUILD:-build}
QEMU=${QEMU-qemu-system-riscv64}
TMP=${TMP:-$(mktemp -d)}

command -v "${QEMU%% *}" >/dev/null || {
    echo "no QEMU"
    exit 77
}
# shellcheck source=/dev/null
. tests/boot/check.sh

# runs AIA HARTS GUEST...
runs() {
    VHART="$QEMU -M virt,aia=$1" HARTS=$2 tests/boot/vmm/start.sh "${@:3}" >"$TMP/console" 2>&1
}

shown() { # line
    tr -d '\r' <"$TMP/console" | grep -qE "^$1\$"
}

disk_is_right() {
    ! grep WRONG "$TMP/console" && [ "$(grep -c '^\[d\] .*: right' "$TMP/console")" = 15 ]
}

echo 1..14
{ echo sector && head -c 51193 /dev/zero; } >"$TMP/ram"
for aia in aplic aplic-imsic,aia-guests=3; do
    check "$aia: status 0" runs $aia 2 hello:hello.elf "d:disk.elf:vmm.devices=disk vmm.vcpus=2:$TMP/ram" \
        "i:hostile/harts_storm.elf:vmm.vcpus=4 vmm.devices=net" "e:parts.elf:vmm.pass=rtc@101000"
    check "$aia: hello has come to its end" shown '\[vmm\] hello ended: shut down'
    check "$aia: so has one whose harts send each other IPIs" shown '\[i\] .* 0 not contained'
    check "$aia: a guest's disk" disk_is_right
    check "$aia: no interrupt of the machine's to give away" shown \
        '\[vmm\] rtc@101000 has an interrupt, for which the machine must have a PLIC'
    check "$aia: status 0 again" runs $aia 1 a:hostile/probe_optional.elf b:hostile/probe_optional.elf:other=1
    check "$aia: CSRs that cannot be closed are each guest's own" eval \
        "shown '\[a\] .* 0 not contained' && shown '\[b\] .* 0 not contained'"
done
exit "$failed"
