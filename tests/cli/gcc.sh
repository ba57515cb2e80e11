#!/bin/sh
# tools/vhart-gcc: -march with extensions that the compiler, or the assembler, may not know.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"
wrapper=$here/../../tools/vhart-gcc

# compile OUTPUT MARCH ARGUMENTS: $status, files out and err
compile() {
    output=$1 march=$2
    shift 2
    "$wrapper" "-march=$march" -mabi=lp64 -O2 "$@" -nostdlib -static -fno-pie -mcmodel=medany \
        -Wl,--build-id=none -T "$here/programs/link.ld" "$here/programs/hyp.c" -o "$output" >out 2>err
    status=$?
}
last_isa() { riscv64-unknown-elf-readelf -A "$1" | sed -n 's/.*Tag_RISCV_arch: "\(.*\)"/\1/p'; }

for march in rv64gch_svinval rv64gc_h_svinval rv64imach_zicsr_zifencei_svinval rv64imahzicsr_svinval; do
    compile hyp.elf $march
    check "$march is understood" [ $status -eq 0 ]
    check "in silence" [ ! -s err ]
    check_run "and the program runs" 0 hyp.elf
    check "h is in the file" eval 'last_isa hyp.elf | grep -q _h1'
    rm -f hyp.elf
done
compile hyp.elf rv64gc_svinval
check "without h the assembler refuses" [ $status -ne 0 ]
check "and says why" grep -q hfence.gvma err
compile hyp.elf rv64gch
check "without svinval as well" [ $status -ne 0 ]

compile hyp.elf rv64gch_svinval_zicntr_zihpm
check "counters are no news to an assembler" [ "$status$(cat err)" = 0 ]
compile hyp.elf rv64gch_zunheardof_svinval_zunknown
check "what nobody knows is left out" [ $status -eq 0 ]
check "and said once" [ "$(cat err)" = "vhart-gcc: note: the assembler does not know zunheardof zunknown: \
write these instructions with .insn" ]
compile hyp.elf rv64bogus
check "a bad base is the compiler's to refuse" [ $status -ne 0 ]

compile hyp.elf rv64gch_svinval '-DTEXT="two  words; *"' -Wl,--defsym=spare=5
check "other arguments go through as they are" [ $status -eq 0 ]
check "to the linker too" eval 'riscv64-unknown-elf-nm hyp.elf | grep -q "5 A spare"'
printf '' | "$wrapper" -march=rv64gch_svinval -mabi=lp64 -E -dM -x c - '-DTEXT="two  words; *"' >out
check "words stay together" grep -qxF '#define TEXT "two  words; *"' out
"$wrapper" --version >out 2>err
riscv64-unknown-elf-gcc --version >wanted
check "without -march it is the compiler" cmp -s wanted out
CROSS=missing- "$wrapper" x.c >out 2>err
status=$?
check "no compiler: status 2" [ $status -eq 2 ]
check "and a line that says so" grep -q "no missing-gcc: install" err

finish
