#!/bin/sh
# Make records of x86 machines, for `vhart census --beside` (census/beside.h has the format).
#
#   census/x86/run.sh PROBE32 PROBE64 USER DIRECTORY
#
# PROBE32 and PROBE64 are bare programs, run under qemu-system-i386 and qemu-system-x86_64; USER is a
# program for this machine, or "" where it cannot run. Writes x86.txt, x86-umip.txt and, with USER,
# host.txt in DIRECTORY.
set -eu
probe32=$1 probe64=$2 user=$3 directory=$4

# bare COMMAND PROBE CPU: what it prints on the serial port. The exit status is the debug port's: 1.
bare() {
    status=0
    timeout 60 "$1" -cpu "$3" -kernel "$2" -display none -monitor none -serial stdio -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=4 </dev/null || status=$?
    [ "$status" -eq 1 ] || {
        echo "census/x86/run.sh: $1 ended with status $status" >&2
        exit 1
    }
}

# record FILE CPU TITLE
record() {
    echo "machine|$3" >"$directory/$1"
    bare qemu-system-i386 "$probe32" "$2" >>"$directory/$1"
    bare qemu-system-x86_64 "$probe64" "$2" >>"$directory/$1"
}

record x86.txt max,-umip "x86 as it was until UMIP, in QEMU's model"
record x86-umip.txt max "x86 with UMIP, in QEMU's model"
if [ -n "$user" ]; then "$user" >"$directory/host.txt"; fi
