# Checks that are commands, reported in TAP. Sourced; TMP must be set. At the end number and failed
# say how many there were, and whether one failed.
# shellcheck shell=bash

number=0
failed=0

# Report whether the command succeeds; what it prints is commentary.
check() { # name command...
    local name=$1
    shift
    number=$((number + 1))
    if "$@" >"$TMP/why" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$TMP/why"
        # shellcheck disable=SC2034 # for who sources this
        failed=1
    fi
}

# shellcheck disable=SC2317 # not all of them skip
skip() { # name why
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
