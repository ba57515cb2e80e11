#!/bin/bash
# vmm on harts that chose otherwise where the specification leaves a choice: no instruction in htinst and
# stval, other G-stage schemes, few VMIDs or none, who sets A and D. The guest parts tries what depends on
# these.
# shellcheck disable=SC2154 # check.sh sets number and failed
# shellcheck disable=SC2317 # functions that only check() calls
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
export BUILD=${BUILD:-build}
TMP=${TMP:-$(mktemp -d)}

# shellcheck source=/dev/null
. tests/boot/check.sh

# hosts HARTS OPTION...: the two guests' checks are all right
hosts() {
    local harts=$1
    shift
    VHART="$VHART $*" HARTS=$harts tests/boot/vmm/start.sh \
        "one:parts.elf:vmm.vcpus=2 vmm.pass=rtc@101000 vmm.share=1 vmm.debug=1 1" \
        "two:parts.elf:vmm.share=1 2" >"$TMP/console" || return 1
    ! grep ': WRONG' "$TMP/console" || return 1
    [ "$(grep -c '^\[one\] .*: right' "$TMP/console") $(grep -c '^\[two\] .*: right' "$TMP/console")" = "68 6" ]
}

shown() { # text of vmm's first line
    grep -q "^\[vmm\] hart 0, $1" "$TMP/console"
}

echo 1..8
check "htinst and stval are zero" hosts 2 --tinst=zero --tval=zero
check "Sv48x4 and no VMIDs" hosts 1 --hgatp-modes=sv48x4 --vmid-bits=0
check "were found" shown "Sv48x4, 1 VMIDs"
check "Sv57x4 and two VMIDs" hosts 3 --hgatp-modes=sv57x4 --vmid-bits=1
check "were found, too" shown "Sv57x4, 2 VMIDs"
check "A and D are the software's" hosts 2 --ad=trap
check "A and D are the hardware's" hosts 2 --ad=hardware
check "few features" hosts 2 --isa=rv64gch
exit "$failed"
