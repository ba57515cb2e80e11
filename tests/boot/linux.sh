#!/bin/bash
# Boot Debian's stock kernel to a shell, type a few commands, power off.
#
# The same on QEMU:  VHART='qemu-system-riscv64 -M virt -nographic' tests/boot/linux.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
VHART=${VHART:-build/vhart}
BUILD=${BUILD:-build}
scratch=${TMP:-$(mktemp -d)}
machine=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null
    [ -n "${TMP-}" ] || rm -rf "$scratch"
}
trap clean_up EXIT

if ! guests/linux/fetch.sh "$BUILD/linux"; then
    echo "Debian's kernel cannot be fetched here"
    exit 77
fi

console=$scratch/console
keyboard=$scratch/keyboard
rm -f "$keyboard"
mkfifo "$keyboard"
exec 3<>"$keyboard" # both ways: writing must not fail when the machine has gone
: >"$console"
# shellcheck disable=SC2086 # VHART may be a command with options
$VHART -m 256 --kernel "$BUILD/linux/Image" --initrd "$BUILD/linux/initramfs.cpio" \
    --append "console=ttyS0 quiet" <"$keyboard" >"$console" 2>&1 3>&- &
machine=$!

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
    while kill -0 $machine 2>/dev/null; do
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

echo 1..7
await '/ # '
report $? "the kernel starts a shell"
try "the kernel is Debian's" 'uname -a' 'Linux .* 6\.[0-9.]+\+deb13-riscv64 .* riscv64 GNU/Linux'
# shellcheck disable=SC2016 # for the shell in there
try "the shell computes" 'echo $((6 * 7))' '42'
# sha256 of the digits 1 to 2000, a line each; by coreutils on the host.
try "a longer computation is right" 'seq 2000 | sha256sum' \
    '6251e5743b6fd6a7d606130bdf7c15077ce85ebd3a0fdee284d15a46df199e38 .*'
try "the kernel finds the performance counters" 'dmesg | grep -o "SBI PMU extension is available"' \
    'SBI PMU extension is available'
try "time passes" 'sleep 1; echo slept' 'slept'
echo poweroff >&3
wait $machine
report $? "poweroff ends the simulator with status 0"
machine=

[ $failed = 0 ] || tail -n 20 "$console"
exit $failed
