#!/bin/sh
# What vhart says about itself: --help, the manual page, the device tree.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"

check_run "--help" 0 --help
cp out help
check "fits two screens" [ "$(wc -l <help)" -le 48 ]
check "fits 80 columns" [ -z "$(awk 'length > 80' help)" ]
check "is on stdout" [ ! -s err ]
check_run "--version" 0 --version
check "has a number" grep -Eqx 'vhart [0-9]+(\.[0-9]+)*.*' out

# Every option of the table in platform/options.c is in the manual page.
page=$here/../../docs/vhart.1
sed -n 's/^ *{"\([-+][^"]*\)",.*/\1/p' "$here/../../platform/options.c" >options
while read -r option; do
    escaped=$(printf %s "$option" | sed 's/-/\\-/g')
    check "vhart.1 has $option" grep -qF -- "$escaped" "$page"
done <options
check "there are options" [ -s options ]

check_run "--dump-dts" 0 --dump-dts -p2 -m 256
dtc -q -I dts -O dtb -o tree.dtb out
check "dtc reads it" [ -s tree.dtb ]
check "two harts in it" [ "$(fdtget -l tree.dtb /cpus | grep -c '^cpu@')" -eq 2 ]
check "RAM in it" [ "$(fdtget -t x tree.dtb /memory@80000000 reg)" = "0 80000000 0 10000000" ]

# OpenSBI finds the counters there.
build pmu pmu.S
riscv64-unknown-elf-objcopy -O binary pmu.elf pmu.bin
for tier in step block jit; do check_run "the SBI counts with them: $tier" 0 --tier=$tier --kernel pmu.bin; done

build exit exit.S -DCODE=0 -DFINISHER
echo first >initrd
check_run "guests" 0 --dump-dts --bios none --kernel exit.elf --append root=/dev/vda \
    --guest name=one,kernel=initrd,append=console=ttyS0,115200,memory=16M,cpus=2 \
    --guest kernel=exit.elf,initrd=initrd
dtc -q -I dts -O dtb -o tree.dtb out
check "bootargs" [ "$(fdtget tree.dtb /chosen bootargs)" = root=/dev/vda ]
# shellcheck disable=SC2046 # one module, one word
set -- $(fdtget -l tree.dtb /chosen | grep '^module@')
check "three modules" [ $# -eq 3 ]
names=$(for module; do fdtget -d '' tree.dtb "/chosen/$module" vhart,name; done | grep . | sort -u | tr '\n' ' ')
check "their names" [ "$names" = "exit one " ]
for module; do
    [ "$(fdtget -d '' tree.dtb "/chosen/$module" vhart,name)" = one ] || continue
    check "memory" [ "$(fdtget -t x tree.dtb "/chosen/$module" vhart,memory-size)" = "0 1000000" ]
    check "cpus" [ "$(fdtget tree.dtb "/chosen/$module" vhart,vcpus)" = 2 ]
    check "command line" [ "$(fdtget tree.dtb "/chosen/$module" bootargs)" = console=ttyS0,115200 ]
done

finish
