#!/bin/sh
# Each choice that the specification leaves, asked for by its option: what a guest finds out
# (tests/isa/choices.c), and the names that the device tree has for it.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
program=$(realpath "${BUILD:-build}/tests/isa/choices.elf")
. "$(dirname "$0")/lib.sh"

# finds TEXT OPTIONS...: the default machine's choices, but for the lines of TEXT
finds() {
    text=$1
    shift
    for tier in step block jit; do
        run --tier=$tier "$@" "$program"
        printf '%s\n' "$text" >wanted
        awk '!($1 in line) { order[++n] = $1 } { line[$1] = $0 }
            END { for (i = 1; i <= n; i++) if (line[order[i]] !~ / none$/) print line[order[i]] }' \
            "$here/programs/choices.txt" wanted >all
        check "$tier $*" [ "$status: $(cat out)" = "0: $(cat all)" ]
    done
}

finds "tval instruction"
finds "tval zero" --tval=zero
finds "tinst zero" --tinst=zero
finds "tinst transformed" --tinst=zero --tinst=transformed
finds "misaligned trap" --misaligned=trap
for n in 0 1 9 16; do finds "asid-bits $n" --asid-bits=$n; done
for n in 0 7 14; do finds "vmid-bits $n" --vmid-bits=$n; done
for n in 0 5 63; do finds "geilen $n" --geilen=$n; done
finds "ad trap" --ad=trap
finds "ad hardware" --ad=hardware
finds "ad adue" --ad=isa
finds "ad trap" --isa=rv64gch_svade_smstateen_sstc
finds "satp-modes sv39" --satp-modes=sv39
finds "satp-modes sv39 sv48" --satp-modes=Sv48,bare,Sv39
finds "satp-modes sv39" --isa=rv64gch_sv39_svadu_smstateen_sstc
finds "satp-modes sv39 sv48" --isa=rv64gch_sv39_svadu_smstateen_sstc --satp-modes=sv39,sv48
finds "hgatp-modes sv39x4" --hgatp-modes=sv39x4
# Without paging in one stage, the program does not look at A and D.
finds "satp-modes
ad none" --satp-modes=bare
finds "hgatp-modes
ad none" --hgatp-modes=bare
finds "hgatp-modes sv57x4
ad none" --hgatp-modes=sv57x4

# ---- mistakes ----
refuses "--tval takes instruction or zero" --tval=1 "$program"
refuses "--tinst takes transformed or zero" --tinst=one "$program"
refuses "--ad takes isa, trap or hardware" --ad=svade "$program"
refuses "from 0 to 16" --asid-bits=17 "$program"
refuses "from 0 to 14" --vmid-bits=15 "$program"
refuses "from 0 to 63" --geilen=64 "$program"
refuses "a list of bare, sv39, sv48 and sv57" --satp-modes=sv39x4 "$program"
refuses "a list of bare, sv39x4" --hgatp-modes=sv39x4, "$program"
refuses "must be sv39" --satp-modes=sv48 "$program"
refuses "must be sv48" --satp-modes=sv39,sv57 "$program"

# ---- names ----
names() { # OPTIONS...: the ISA, a name a line, in the file names; Sha with all that it stands for
    sha='sha shcounterenw shgatpa shtvala shvsatpa shvstvala shvstvecd'
    run "$@" --dump-dts
    dtc -q -I dts -O dtb -o tree.dtb out
    fdtget tree.dtb /cpus/cpu@0 riscv,isa | tr _ '\n' | sed "s/^sha\$/$sha/" | tr ' ' '\n' >names
}
names
cp names full
# loses "NAMES" OPTIONS...
loses() {
    lost=$1
    shift
    names "$@"
    check "names with $*" [ "$(grep -vxFf names full | tr '\n' ' ')" = "${lost:+$lost }" ]
}
loses "" --tinst=zero
loses "zicclsm" --misaligned=trap
loses "sstvala sha shvstvala" --tval=zero
loses "svadu" --ad=trap
loses "svade svadu" --ad=hardware
loses "sv57" --satp-modes=sv39,sv48
check "mmu-type" [ "$(fdtget tree.dtb /cpus/cpu@0 mmu-type)" = riscv,sv48 ]
loses "sha shgatpa" --hgatp-modes=sv39x4,sv48x4
check "mmu-type" [ "$(fdtget tree.dtb /cpus/cpu@0 mmu-type)" = riscv,sv57 ]
loses "sv48 sv57" --hgatp-modes=sv39x4 --satp-modes=sv39
loses "sv39 sv48 sv57" --satp-modes=bare
check "mmu-type" [ "$(fdtget tree.dtb /cpus/cpu@0 mmu-type)" = riscv,none ]
names --isa=rva22s64
check "mmu-type of a profile" [ "$(fdtget tree.dtb /cpus/cpu@0 mmu-type)" = riscv,sv39 ]
names --isa=rv64gc
check "mmu-type when no mode is named" [ "$(fdtget tree.dtb /cpus/cpu@0 mmu-type)" = riscv,sv57 ]
names --isa=rv64gc_zicclsm_sstvala_svbare --misaligned=trap --tval=zero
check "what an --isa loses is noted" grep -qx 'vhart: note: other options take zicclsm, sstvala from the ISA given' err
names --isa=rv64gc_svbare --misaligned=trap --tval=zero
check "what it does not have is not" [ ! -s err ]

# ---- vhart test ----
check_run "vhart test takes them" 0 test --tval=zero --tinst=zero --asid-bits=4 --vmid-bits=3 --satp-modes=sv39 \
    --hgatp-modes=sv39x4 --geilen=2 --ad=trap --misaligned=trap "$program"

finish
