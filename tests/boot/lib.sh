# What tests share that boot a system and type at its console. Sourced; needs TMP or makes one.
# shellcheck shell=bash

scratch=${TMP:-$(mktemp -d)}
machine=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null
    [ -n "${TMP-}" ] || rm -rf "$scratch"
}
trap clean_up EXIT

console=$scratch/console
keyboard=$scratch/keyboard

# Start a machine: console and keyboard are its output and input.
boot() { # command...
    rm -f "$keyboard"
    mkfifo "$keyboard"
    exec 3<>"$keyboard" # both ways: writing must not fail when the machine has gone
    : >"$console"
    "$@" <"$keyboard" >"$console" 2>&1 3>&- &
    machine=$!
}

number=0
failed=0
report() { # status name
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

shown() { # pattern
    tr -d '\r' <"$console" | grep -aqE "$1"
}

# Wait until the console has shown a line; fails when the machine has gone without.
await() { # pattern
    while kill -0 "$machine" 2>/dev/null; do
        shown "$1" && return
        sleep 0.1
    done
    shown "$1"
}

# Type a command; a line of its output must match the pattern. The echo of what is typed cannot:
# it has the prompt before it.
try() { # name command pattern
    echo "$2" >&3
    await "^$3\$"
    report $? "$1"
}

# The machine ends by itself, with this status.
ends_with() { # status name
    wait "$machine"
    [ $? = "$1" ]
    report $? "$2"
    machine=
}

# Call it last.
finish() {
    [ $failed = 0 ] || tail -n 20 "$console"
    exit $failed
}
