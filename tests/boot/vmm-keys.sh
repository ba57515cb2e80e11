#!/bin/bash
# The keys of vmm's console while two guests send each other frames without a pause: whatever becomes of the one,
# the other goes on, and no frame comes twice, late or changed.
#
# Environment: VHART, BUILD.
# shellcheck disable=SC2154 # lib.sh sets console
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
# shellcheck source=/dev/null
. tests/boot/lib.sh

escape=$'\x1d'
guest() { # name peer
    echo "name=$1,kernel=$BUILD/guests/frames.elf,append=vmm.devices=net peer=$2"
}

# How many frames have come to this VM, by its own word.
frames() { # vm
    tr -d '\r' <"$console" | sed -n "s/^\\[$1\\] \\([0-9]*\\) frames have come\$/\\1/p" | tail -n 1
}

# It goes on: hundreds more have come to it.
goes_on() { # vm
    local now
    now=$(frames "$1")
    await "^\\[$1\\] $((${now:-0} + 300)) frames have come"
}

# It stands still: nothing comes any more, once what is on its way is shown.
stands_still() { # vm
    local now
    sleep 0.2
    now=$(frames "$1")
    sleep 0.3
    [ "$(frames "$1")" = "$now" ]
}

# Type keys, without the end of a line, which a guest would take for its end.
key() { # name keys pattern
    printf %s "$2" >&3
    await "^$3\$"
    report $? "$1"
}

attempt() { # harts
    # shellcheck disable=SC2086 # VHART may be a command with options
    boot $VHART -m 256 -p "$1" --kernel "$BUILD/firmware/vmm.elf" --guest "$(guest a 2)" --guest "$(guest b 1)"
    goes_on a && goes_on b
    report $? "$1: frames come and go"
    key "$1: the second is paused" "${escape}2${escape}p" '\[vmm\] b is paused'
    stands_still b
    report $? "$1: nothing comes to it"
    key "$1: it goes on" "${escape}r" '\[vmm\] b goes on'
    goes_on b && goes_on a
    report $? "$1: and so do the frames"
    key "$1: the first is watched" "${escape}1${escape}d" '\[vmm\] a: its pages are watched'
    key "$1: the first is paused" "${escape}p" '\[vmm\] a is paused'
    key "$1: and killed" "${escape}k" '\[vmm\] a ended: killed'
    echo >&3
    ends_with 0 "$1: the other ends when it is told to"
    ! shown WRONG
    report $? "$1: no frame was wrong"
}

echo 1..20
attempt 1
attempt 2
finish
