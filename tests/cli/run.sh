#!/bin/sh
# Bare programs: exit status, HTIF, signature, logs, limits.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"

# ---- exit status, on both tiers ----
for tier in step block; do
    for code in 0 1 7 127; do
        build exit exit.S "-DCODE=$code"
        check_run "$tier: HTIF exit $code" "$code" --tier="$tier" exit.elf
        build exit exit.S "-DCODE=$code" -DSTORE=sw
        check_run "$tier: HTIF exit $code by a 32-bit store" "$code" --tier="$tier" exit.elf
        build exit exit.S "-DCODE=$code" -DFINISHER
        check_run "$tier: finisher exit $code" "$code" --tier="$tier" exit.elf
    done
done

build exit exit.S -DCODE=0
run exit.elf
check "a success says nothing" eval '[ ! -s out ] && [ ! -s err ]'
build exit exit.S -DCODE=7
run exit.elf
check "a failure says so as Spike does" grep -qx '\*\*\* FAILED \*\*\* (tohost = 7)' err
build exit exit.S -DCODE=256
check_run "code 256 is not taken for success" 255 exit.elf

# ---- the start ----
other=0x$(riscv64-unknown-elf-nm exit.elf | sed -n 's/ T other$//p')
check_run "--pc starts elsewhere" 9 --pc="$other" exit.elf
build exit exit.S -DCODE=5 -DFINISHER
check_run "--bios with an ELF file" 5 --bios exit.elf
riscv64-unknown-elf-objcopy -O binary exit.elf exit.bin
check_run "--bios with a flat file" 5 --bios exit.bin
check_run "--bios none --kernel with an ELF file" 5 --bios none --kernel exit.elf
check_run "2^43 MiB of RAM" 5 -m 8796093022208 exit.elf
check_run "64 KiB of RAM" 5 -m 64K exit.elf
check_run "four harts" 5 -p4 exit.elf

# ---- console ----
build console console.S
for tier in step block; do
    printf 'some input\nand more' | timeout "$limit" "$vhart" --tier="$tier" console.elf one -two >out 2>err
    status=$?
    check "$tier: exit by system call" [ "$status" -eq 3 ]
    printf 'console.elf\none\n-two\nsome input\nand more!' >wanted
    check "$tier: arguments, read, write, console device" cmp -s wanted out
done

# ---- signature ----
build signature signature.S
check_run "signature" 0 +signature=sig signature.elf
printf '%s\n' 100f0e0d0c0b0a090807060504030201 00000000000000000000000014131211 >wanted
check "signature: lines of 16 bytes" cmp -s wanted sig
run +signature=sig +signature-granularity=4 signature.elf
printf '%s\n' 04030201 08070605 0c0b0a09 100f0e0d 14131211 >wanted
check "signature: lines of 4 bytes" cmp -s wanted sig

# ---- logs (programs/commits.log was written by Spike) ----
build commits commits.S
run --log-commits --log=log commits.elf
sed -n '/ 3 0x0000000080000000 /,$p' log >commits
check "commit log as Spike's" diff "$here/programs/commits.log" commits
check "nothing of it on stderr" [ ! -s err ]
run --log-commits commits.elf
check "commit log on stderr" cmp -s log err
run -l --log log commits.elf
check "-l prints instructions" grep -q '^core   0: 0x0000000080000052 (0x[0-9a-f]*) sd' log
check "-l prints labels" grep -qx 'core   0: >>>>  handler' log
check "-l prints what traps" grep -qx 'core   0: 0x0000000080000044 (0x00000073) ecall' log
check "-l prints traps" grep -qx 'core   0: exception trap_machine_ecall, epc 0x0000000080000044' log

# ---- limits ----
run --instructions=10 --log-commits commits.elf
check "--instructions ends with status 0" [ "$status" -eq 0 ]
check "--instructions counts exactly" [ "$(wc -l <err)" -eq 10 ]
build exit exit.S -DCODE=3
check_run "--instructions does not hide an exit" 3 --instructions=1000000 exit.elf

# ---- both tiers side by side ----
build exit exit.S -DCODE=7
check_run "--lockstep ends as the program does" 7 --lockstep exit.elf
check "and says it once" [ "$(wc -l <err)" -eq 1 ]
build console console.S
check_run "--lockstep has no input, and one output" 3 --lockstep console.elf
printf 'console.elf\n!' >wanted
check "which is the program's" cmp -s wanted out

finish
