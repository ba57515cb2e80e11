#!/bin/sh
# What is wrong is said in one line, with status 2.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"

build exit exit.S -DCODE=0
build htif signature.S

# ---- the command line ----
refuses "nothing to run"
refuses "unknown option '--frob'" --frob exit.elf
refuses "needs a value" -m
refuses "not 'lots'" -m lots exit.elf
refuses "2^43" -m 8796093022209 exit.elf
refuses "without RAM" -m0 exit.elf
refuses "0x80000000" -m0x1000:0x1000 exit.elf
refuses "1 to 512" -p0 exit.elf
refuses "--isa" --isa=rv32i exit.elf
refuses "kernel=FILE is missing" --kernel exit.elf --guest name=x

# ---- files ----
refuses "No such file" missing.elf
refuses "No such file" --kernel missing
refuses "directory" .
truncate -s 5G huge
refuses "too large" huge
refuses "device" /dev/zero
: >empty
refuses "empty" empty
echo "int main(void);" >text
refuses "not an ELF file" text
refuses "another machine" "$(command -v sh)"
riscv64-unknown-elf-gcc -march=rv32i -mabi=ilp32 -nostdlib -x assembler /dev/null -o rv32.elf 2>/dev/null
refuses "64-bit" rv32.elf
riscv64-unknown-elf-gcc -c -x assembler /dev/null -o object.o
refuses "link it" object.o
for size in 4 63 64 100 4000; do
    head -c $size exit.elf >short.elf
    refuses "truncated" short.elf
done
refuses "no symbols begin_signature" +signature=s exit.elf
refuses "s/s" +signature=s/s htif.elf
refuses "l/l" --log=l/l -l exit.elf
refuses "tables or stores" --check-isolation=all exit.elf
refuses "leave one out" --lockstep --check-isolation exit.elf
for other in --lockstep --check-isolation --log-commits -l --instructions=5 --time=insn; do
    refuses "${other%%=5} wants the harts to take turns" --parallel "$other" exit.elf
done
refuses "give --guest" --check-isolation exit.elf
refuses "gunzip" --bios none --kernel "$(gzip -c exit.elf >exit.gz && echo exit.gz)"

# ---- places ----
refuses "not all in RAM" -m 4K exit.elf
riscv64-unknown-elf-objcopy --change-addresses=-0x10000000 exit.elf low.elf
refuses "not all in RAM" low.elf
refuses "overlaps" --bios exit.elf --kernel exit.elf
head -c 100000 /dev/zero >large
refuses "no room in RAM" -m 64K --bios none --kernel exit.elf --initrd large

finish
