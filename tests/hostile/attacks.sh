#!/bin/bash
# Each attack of guests/hostile/, beside a neighbour that must not notice: docs/isolation.md.
#
#   attacks.sh [NAME...]    default: all
#
# Environment: tests/hostile/lib.sh; JOBS (default 2) runs at a time.
# shellcheck disable=SC1091 # lib.sh is beside it
set -u
cd "$(dirname "$0")/../.." || exit 2
export TMP=${TMP:-$(mktemp -d)}
. tests/hostile/lib.sh

# An attack that never ends is watched for so many instructions: with half of the time, the neighbour needs
STEPS=34000000

field() { # of the attack, from the comment that it begins with
    sed -n "s/^ \\* $2: \\(.*[^ */]\\)[ */]*$/\\1/p" "guests/hostile/$1.c"
}

# guest_of NAME VM WORDS: the VM, as --guest has it
guest_of() {
    local name=$1 devices vcpus words disk
    devices=$(field "$name" devices) vcpus=$(field "$name" vcpus) words=$(field "$name" words) disk=$(field "$name" disk)
    if [ -n "$disk" ]; then truncate -s "${disk}K" "$TMP/$name.disk"; fi
    echo "name=$2,kernel=$BUILD/guests/hostile/$name.elf${disk:+,initrd=$TMP/$name.disk},append=vmm.devices=${devices:-net,console} vmm.vcpus=${vcpus:-1} ${words}${3:+ $3}"
}

# attack NAME: a TAP line without its number
attack() {
    local name=$1 wanted harts twin steps=() guests
    wanted=$(field "$name" outcome) harts=$(field "$name" harts) twin=$(field "$name" twin)
    [ "$wanted" = spins ] && steps=(--instructions "$STEPS")
    HARTS=${HARTS:-${harts:-1}}
    ((HARTS == 1)) || SHARE=$((SHARE - 5)) # their slices do not end together
    [ -z "$(field "$name" share)" ] || SHARE=$(field "$name" share)
    guests=("$(guest_of "$name" hostile '')")
    if [ -n "$twin" ]; then
        guests+=("$(guest_of "$name" twin "$twin")")
        SHARE=$((SHARE * 2 / 3))
    fi
    beside "$name" "${steps[@]}" -- "${guests[@]}"
    if { unharmed "$name" reference && came_to "$name" hostile "$wanted" &&
        { [ -z "$twin" ] || came_to "$name" twin "$wanted"; }; } >"$TMP/$name.why"; then
        echo "ok $name: $wanted$(sed -n 's/^\[hostile\] \(needs .*\)/ # SKIP \1/p' "$TMP/$name.console" | tr -d '\r')"
    else
        echo "not ok $name: $(paste -sd ';' "$TMP/$name.why")"
    fi
}

if [ "${1-}" = --one ]; then
    attack "$2"
    exit
fi

if [ $# = 0 ]; then
    for source in guests/hostile/*.c; do
        case $source in
        */hostile.c | */virtio.c | */disk.c | */fuzz.c) ;; # the libraries, and fuzz.sh's
        *) set -- "$@" "$(basename "$source" .c)" ;;
        esac
    done
fi
beside reference -- "name=hostile,kernel=$BUILD/guests/hostile/calm.elf"
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-2}" "$0" --one | sort -k 2 >"$TMP/verdicts"
echo "1..$#"
awk '/^ok/ { sub(/^ok /, "ok " ++n " - ") } /^not/ { sub(/^not ok /, "not ok " ++n " - "); bad = 1 }
     { print } END { exit bad }' "$TMP/verdicts"
