#!/bin/bash
# Random guests (guests/hostile/fuzz.c), three at a time beside a neighbour that must not notice.
#
#   fuzz.sh [SEEDS]     FROM-TO, default 1-15
#
# Whatever becomes of a random guest is right, but for what unharmed (lib.sh) asks. A guest that never
# ends is ended by an instruction limit; until then the hypervisor must have gone on switching.
#
# Environment: tests/hostile/lib.sh; JOBS (default 1) runs at a time.
# shellcheck disable=SC1091 # lib.sh is beside it
set -u
cd "$(dirname "$0")/../.." || exit 2
export TMP=${TMP:-$(mktemp -d)}
# Of four VMs, each is due a quarter of the time; but the neighbour's work is a slice and a bit, so that
# it makes a difference whose turn it is in between.
export SHARE=${SHARE:-15}
export ROUNDS=6           # about as much as the random guests do when they are not lost
. tests/hostile/lib.sh

STEPS=50000000 GUESTS=3
HARTS=${HARTS:-1}
EXIT=2000000 # ns: longer than any

# all_ended NAME: vmm saw all VMs end; or at the limit it is in one, or was so just before.
all_ended() {
    local idle
    grep -aq '^\[vmm\] all VMs have ended' "$TMP/$1.console" && return
    grep -q 'isolation: kept .* harts in a VM at the end: [1-9]' "$TMP/$1.findings" && return
    idle=$(sed -n 's/.*isolation: kept .* the last \([0-9]*\) ns before the end.*/\1/p' "$TMP/$1.findings")
    [ "${idle:-$EXIT}" -lt $EXIT ] || complaint "vmm was in no VM for the last ${idle:-?} ns"
}

# all_ran NAME SEED: each random guest was entered; one that cannot start proves nothing.
all_ran() {
    local k
    for ((k = 0; k < GUESTS; k++)); do
        [[ $(of "$1" "fuzz$(($2 + k))") =~ ^[1-9][0-9]*\ entries ]] || complaint "fuzz$(($2 + k)) did not run" || return
    done
}

# batch SEED: it and the next ones; a TAP line without its number
batch() {
    local name=seed$1 guests=() k
    truncate -s 64K "$TMP/$name.disk"
    for ((k = 0; k < GUESTS; k++)); do
        guests+=("name=fuzz$(($1 + k)),kernel=$BUILD/guests/hostile/fuzz.elf,initrd=$TMP/$name.disk,append=seed=$(($1 + k)) vmm.devices=net,console,disk vmm.vcpus=2")
    done
    if (($1 / GUESTS % 2)); then # with two harts all of the time is half of both
        local HARTS=2 SHARE=10
    fi
    beside "$name" --instructions $((STEPS * HARTS)) -- "${guests[@]}"
    if { unharmed "$name" reference && all_ran "$name" "$1" && all_ended "$name"; } >"$TMP/$name.why"; then
        echo "ok random guests $1-$(($1 + GUESTS - 1))"
        rm "$TMP/$name".*
    else
        echo "not ok random guests $1-$(($1 + GUESTS - 1)): $(paste -sd ';' "$TMP/$name.why")"
    fi
}

if [ "${1-}" = --one ]; then
    batch "$2"
    exit
fi

seeds=${1:-1-15}
first=${seeds%-*} last=${seeds#*-}
beside reference -- "name=hostile,kernel=$BUILD/guests/hostile/calm.elf"
echo "1..$(((last - first) / GUESTS + 1))"
seq "$first" $GUESTS "$last" | xargs -n 1 -P "${JOBS:-1}" "$0" --one |
    awk '/^ok/ { sub(/^ok /, "ok " ++n " - ") } /^not/ { sub(/^not ok /, "not ok " ++n " - "); bad = 1 }
         { print; fflush() } END { exit bad }'
