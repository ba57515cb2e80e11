#!/bin/sh
# docs/act4, the description of vhart for the architectural tests' framework: its macros do what they
# should when they are linked by its linker script.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here
. "$(dirname "$0")/lib.sh"

config=$here/../../docs/act4
for outcome in PASS FAIL; do
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -nostdlib -static -D$outcome \
        -Wl,--no-warn-rwx-segments -I"$config" -T "$config/link.ld" "$here/programs/act4.S" -o $outcome.elf || exit 2
done
printf 'some text, and more\n' >wanted
for tier in step block; do
    check_run "$tier: all of it" 0 --tier=$tier PASS.elf
    check "$tier: what was printed" cmp -s wanted out
    check_run "$tier: a failure" 1 --tier=$tier FAIL.elf
done
check_run "as a suite" 1 test PASS.elf FAIL.elf
check "one of the two fails" grep -qx 'FAIL FAIL.elf: exit code 1' out
finish
