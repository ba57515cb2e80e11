# shellcheck shell=sh
# Helpers for tests of the command line. A test file sources this. $VHART is the simulator, $PATIENCE
# multiplies the time limits; $TMP is a directory for files, made here if it is not given. Every check
# is a line of TAP; finish ends the report.

vhart=$(realpath "${VHART:?is the path of vhart}") || exit 2
here=$(realpath "$(dirname "$0")")
limit=$((20 * ${PATIENCE:-1}))
if [ -z "${TMP-}" ]; then
    TMP=$(mktemp -d) || exit 2
    trap 'rm -rf "$TMP"' EXIT
fi
cd "$TMP" || exit 2
count=0
failed=0

# build NAME SOURCE [FLAGS]: NAME.elf from tests/cli/programs
build() {
    name=$1 source=$2
    shift 2
    riscv64-unknown-elf-gcc -march=rv64imafdc -mabi=lp64d -mno-relax -nostdlib -static -Wl,--build-id=none \
        -T "$here/programs/link.ld" "$@" "$here/programs/$source" -o "$name.elf" || exit 2
}

# run ARGUMENTS: vhart with them, no input; $status, files out and err
run() {
    timeout "$limit" "$vhart" "$@" >out 2>err </dev/null
    status=$?
}

ok() {
    count=$((count + 1))
    echo "ok $count - $*"
}

bad() {
    count=$((count + 1))
    failed=$((failed + 1))
    echo "not ok $count - $*"
    echo "# status $status; stderr:"
    sed 's/^/#     /' err
}

# check NAME CONDITION...: the condition is a command
check() {
    name=$1
    shift
    if "$@"; then ok "$name"; else bad "$name ($*)"; fi
}

# check_run NAME STATUS ARGUMENTS: vhart's exit status
check_run() {
    name=$1 wanted=$2
    shift 2
    run "$@"
    check "$name" [ "$status" -eq "$wanted" ]
}

# refuses TEXT ARGUMENTS: status 2, and one line on stderr with this text in it
refuses() {
    text=$1
    shift
    run "$@"
    if [ "$status" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$text" err; then
        ok "refuses: $*"
    else
        bad "refuses: $* (wanted: $text)"
    fi
}

finish() {
    echo "1..$count"
    [ "$failed" -eq 0 ]
}
