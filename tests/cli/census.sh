#!/bin/sh
# vhart census on the command line: verdicts, quirks, formats, mistakes. What it finds is for
# tests/host/test_census.c; a small ISA is enough here.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
. "$(dirname "$0")/lib.sh"

check_run "census --help" 0 census --help
check "fits 80 columns" [ -z "$(awk 'length > 80' out)" ]
page=$here/../../docs/vhart.1
sed -n 's/^ *{"\(--[a-z]*\)",.*set_.*/\1/p' "$here/../../platform/census.c" >options
while read -r option; do
    escaped=$(printf %s "$option" | sed 's/-/\\-/g')
    check "vhart.1 has $option" grep -qF -- "$escaped" "$page"
    check "--help has $option" grep -qF -- "  $option " out
done <options
check "there are options" [ "$(wc -l <options)" -ge 7 ]

# ---- verdicts ----
isa=rv64ima_zicsr
last() { tail -n 1 out; }
check_run "a clean hart" 0 census --isa $isa --samples 1
check "is virtualizable" [ "$(last)" = virtualizable ]
verdict() { # QUIRK LINE
    check_run "--quirk=$1" 1 census --isa $isa --samples 1 --quirk="$1"
    check "is named" [ "$(last)" = "not virtualizable: $2" ]
}
verdict popf "csrw sstatus"
verdict pushf "csrr sstatus"
verdict sgdt "csrr satp"
verdict sfence "sfence.vma"
check_run "all at once, with H" 1 census --isa ${isa}_h --samples 1 --quirk popf,pushf,sgdt,sfence
check "U is broken" grep -q "^not virtualizable: sfence.vma, csrw sstatus, csrrw sstatus, csrr sstatus, csrr satp$" out
check "guests are not" grep -q "below HS, 0 reach past the guest" out

# ---- formats ----
check_run "JSON" 1 census --isa $isa --samples 1 --quirk popf --format json
check "has the verdict" grep -q '^"virtualizable": false,$' out
check "has the counterexample" grep -q '^"counterexamples": \["csrw sstatus"\],$' out
check "has its modes" grep -q '"name": "csrw sstatus".*"escapes": true.*"U": {"open": "runs", "closed": "runs"' out
check "brackets match" [ "$(tr -cd '[{' <out | wc -c)" -eq "$(tr -cd ']}' <out | wc -c)" ]
check_run "HTML" 0 census --isa $isa --samples 1 --format html
check "needs no network" [ "$(grep -ciE 'https?:|src=|@import' out)" -eq 0 ]
check "has the verdict" grep -q '<p class="verdict good">virtualizable' out
check "is whole" [ "$(last)" = "</body></html>" ]

# ---- mistakes ----
refuses "unknown option" census --frob
refuses "unknown option" census prog.elf
refuses "popf, pushf, sgdt, sfence; not 'cli'" census --quirk cli
refuses "popf, pushf, sgdt, sfence; not ''" --quirk= exit.elf
refuses "text, json or html" census --format xml
refuses "needs a value" census --isa
refuses "--isa" census --isa rv32i
refuses "takes no value" census --full=1
refuses "a number from 0 to" census --samples many
refuses "No such file" census --beside missing
echo "machine|half a record" >half
refuses "no whole record" census --beside half

finish
