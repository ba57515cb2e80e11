#!/bin/sh
# --isa: every extension that the documentation names is accepted, and is then in the device tree; so
# is every one that vhart says it has. (What follows from what: tests/host/test_isa.c.)
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here
. "$(dirname "$0")/lib.sh"

# names: the multi-letter extensions in a text, in small letters; not the modes of hgatp
names() { grep -oE '\b(Z[abcfim]|S[hmsv])[a-z0-9]+\b' | grep -v 'x4$' | tr '[:upper:]' '[:lower:]' | sort -u; }

# accepts BASE NAME
accepts() {
    run --isa="$1_$2" --dump-dts
    check "--isa=$1_$2" grep -qE "riscv,isa = \"rv64[a-z]+_([a-z0-9_]+_)?$2[_\"]" out
    check "$2 is not noted as missing" [ ! -s err ]
}

grep -E '^\| (base|privileged|translation|H)\b' "$here/../../README.md" | names >readme
grep -oE '\[[A-Z][A-Za-z0-9, ]*' "$here/../../docs/vhart.1" | names >manual
"$vhart" --dump-dts | sed -n 's/.*riscv,isa = "rv64[a-z]*_\([^"]*\)".*/\1/p' | tr _ '\n' >own
check "the table of README.md has names" [ "$(wc -l <readme)" -gt 40 ]
check "the manual page has some" [ "$(wc -l <manual)" -gt 5 ]
check "so has the device tree" [ "$(wc -l <own)" -gt 60 ]
sort -u readme manual >documented
while read -r name; do accepts rv64gch "$name"; done <documented
while read -r name; do accepts rv64i "$name"; done <own
finish
