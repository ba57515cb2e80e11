#!/bin/sh
# The census of x86 in QEMU's model finds what Robin and Irvine found by reading the manual (Analysis
# of the Intel Pentium's Ability to Support a Secure Virtual Machine Monitor, USENIX Security 2000),
# but for `int n`, which always ends in a gate of the monitor's; and iret, which they do not list. UMIP
# (Intel SDM 3A, 2.5) takes five of them away.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
top=$(realpath "$(dirname "$0")/../..")
build=$(realpath "${BUILD:-build}")/census
. "$(dirname "$0")/../cli/lib.sh"

user=
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] && user=$build/user
"$top/census/x86/run.sh" "$build/probe32.elf" "$build/probe64.elf" "$user" . 2>err
status=$?
check "the probes run" [ $status -eq 0 ]

# words LINE...: its mnemonics, sorted, as one line
words() { printf '%s\n' "$*" | tr -d , | tr ' ' '\n' | sort | tr '\n' ' '; }
# found FILE: the counterexamples of the record
found() {
    run census --isa rv64i --samples 1 --beside "$1"
    words "$(sed -n 's/^not virtualizable: //p' out)"
}
umip="sgdt sidt sldt smsw str"
rest="pushf popf lar lsl verr verw push pop mov call jmp ret iret"
check "before UMIP" [ "$(found x86.txt)" = "$(words "$umip" "$rest")" ]
check "RISC-V beside it" [ "$(tail -n 1 out)" = virtualizable ]
check "with UMIP" [ "$(found x86-umip.txt)" = "$(words "$rest")" ]

# row FILE NAME CPL CONFIG: what happened there
row() { sed -n "s/^$2|[^|]*|CPL$3|$4|-|\([^|]*\)|.*/\1/p" "$1" | sort -u | tr '\n' ' '; }
for name in lgdt lidt lldt ltr lmsw clts "mov to cr0" "mov from cr0" "mov to cr3" rdmsr wrmsr wbinvd invlpg; do
    check "$name is privileged" [ "$(row x86.txt "$name" 0 open)/$(row x86.txt "$name" 3 open)" = "runs /trap:13 " ]
done
for name in cli sti in out rdtsc; do
    check "$name is as IOPL or TSD has it" [ "$(row x86.txt $name 3 open)/$(row x86.txt $name 3 closed)" = "runs /trap:13 " ]
done
for name in $umip; do
    check "$name traps by UMIP" [ "$(row x86-umip.txt "$name" 3 open)/$(row x86-umip.txt "$name" 3 closed)" = "runs /trap:13 " ]
done
check "popf clears IF at CPL 0" [ "$(grep -c '^popf|.*|CPL0|closed|-|runs|.*|status$' x86.txt)" -eq 4 ]
check "popf drops IF at CPL 3" [ "$(grep -c '^popf|.*|CPL3|closed|-|runs|.*|-$' x86.txt)" -eq 4 ]

# On whatever runs this: at CPL 3, by the architecture.
if [ -n "$user" ]; then
    check "popf here" grep -q '^host|popf|runs: IF := 0 was dropped' host.txt
    check "mov cs here" grep -q '^host|mov|runs: .* CPL 3$' host.txt
    check "cli here" grep -q '^host|cli|traps' host.txt
    check "hlt here" grep -q '^host|hlt|traps' host.txt
    run census --isa rv64i --samples 1 --beside host.txt
    check "they are shown" grep -q '^ popf   runs: IF := 0 was dropped' out
fi

finish
