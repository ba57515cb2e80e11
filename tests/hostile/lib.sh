# shellcheck shell=bash
# Runs a guest that means harm beside one that must not notice, and judges what came of it: from the
# simulator's findings (--check-isolation) and from the console. Sourced by the tests of this folder.
#
# VHART, BUILD  the simulator; where vmm and the guests are
# FIRMWARE      OpenSBI's fw_dynamic (default Debian's)
# HARTS         of the machine (default 1)
# LIMIT         seconds for one run (default 60)
# SHARE         the least part of the time, in percent, that the neighbour must get (default 45: half
#               is its due, of which the exits in progress when a slice ends take some)
# ROUNDS        how long the neighbour works, in millions of instructions (default 12)

export VHART=${VHART:-build/vhart} BUILD=${BUILD:-build}
SHARE=${SHARE:-45}
ROUNDS=${ROUNDS:-12}

# beside NAME OPTION... -- GUEST...: boot vmm with the neighbour and these guests. Leaves
# NAME.console, NAME.findings, NAME.status in $TMP.
beside() {
    local name=$1 options=() guests=() guest
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    for guest; do guests+=(--guest "$guest,memory=8M"); done
    timeout "$((${LIMIT:-60} * ${PATIENCE:-1}))" "$VHART" -m 64 -p "${HARTS:-1}" ${FIRMWARE:+--bios "$FIRMWARE"} --check-isolation=stores "${options[@]}" \
        --kernel "$BUILD/firmware/vmm.elf" \
        --guest "name=neighbour,memory=8M,kernel=$BUILD/guests/neighbour.elf,append=rounds=$ROUNDS" "${guests[@]}" \
        </dev/null >"$TMP/$name.console" 2>"$TMP/$name.findings"
    echo $? >"$TMP/$name.status"
}

# of NAME VM: the simulator's line on this VM
of() {
    sed -n "s/^vhart: isolation: VM '$2': //p" "$TMP/$1.findings"
}

# digest NAME: of the neighbour's memory at its end
digest() {
    of "$1" neighbour | sed -n 's/.*memory digest //p'
}

# share NAME: the part of the time, in percent, from the neighbour's begin to its end in which it ran
share() {
    of "$1" neighbour | awk '{ print int(100 * $3 / $6) }'
}

says() { # NAME LINE: vmm's console has this line
    tr -d '\r' <"$TMP/$1.console" | grep -aqxF -- "$2"
}

complaint() {
    echo "$*"
    return 1
}

# unharmed NAME REFERENCE: what must hold whatever the guest did, compared with a run of calm.
unharmed() {
    local line
    ! grep -a '^vhart: isolation violated' "$TMP/$1.findings" || return 1
    ! grep -a '^\[vmm\] cannot go on' "$TMP/$1.console" || return 1
    [ "$(cat "$TMP/$1.status")" = 0 ] || complaint "vhart ended with status $(cat "$TMP/$1.status")" || return 1
    grep -aq '^vhart: isolation: kept at ' "$TMP/$1.findings" || complaint "no word on isolation" || return 1
    says "$1" '[vmm] neighbour ended: shut down' || complaint "the neighbour did not end well" || return 1
    line=$(tr -d '\r' <"$TMP/$2.console" | grep -a '^\[neighbour\] digest ')
    says "$1" "$line" || complaint "the neighbour came to another result than: $line" || return 1
    [ "$(digest "$1")" = "$(digest "$2")" ] ||
        complaint "the neighbour's memory: $(digest "$1"), undisturbed $(digest "$2")" || return 1
    [ "$(share "$1")" -ge "$SHARE" ] || complaint "the neighbour got $(share "$1") % of the time" || return 1
}

# ended NAME VM: vmm's words on its end; nothing while it runs
ended() {
    tr -d '\r' <"$TMP/$1.console" | sed -n "s/^\\[vmm\\] $2 ended: //p"
}

# came_to NAME VM OUTCOME: the right one for this VM
came_to() {
    local end
    end=$(ended "$1" "$2")
    case $3 in
    contained)
        grep -aqE "^\\[$2\\] ([0-9]+ attempts, 0 not contained|needs )" "$TMP/$1.console" && [ "$end" = 'shut down' ] &&
            says "$1" '[vmm] all VMs have ended'
        ;;
    once) [ -n "$end" ] && [ "$(wc -l <<<"$end")" = 1 ] && says "$1" '[vmm] all VMs have ended' ;;
    'ended '*) [[ $end == "${3#ended }"* ]] && says "$1" '[vmm] all VMs have ended' ;;
    spins) [ -z "$end" ] ;;
    *) complaint "no such outcome: $3" ;;
    esac && return
    complaint "outcome '$3' expected; $2 ended: '$end'"
    grep -a "^\\[$2\\]" "$TMP/$1.console" | tail -n 5
    return 1
}
