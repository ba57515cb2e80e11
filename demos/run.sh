#!/bin/bash
# One story, four ways: what a quirk does to a kernel, and what H does to the quirk. Prints them side
# by side; status 0 if each came out as it must, else 1.
#
#   demos/run.sh QUIRK      popf, pushf, sgdt or sfence; VHART and BUILD as for tests/run
set -u
quirk=$1
vhart=${VHART:-build/vhart} build=${BUILD:-build}
status=0

# way WANTED TITLE ELF [OPTIONS]
way() {
    local wanted=$1 title=$2 elf=$build/demos/$quirk-$3.elf line verdict emulated text
    shift 3
    line=$(timeout 60 "$vhart" "$@" --bios none --instructions 10000000 --kernel "$elf" 2>&1 </dev/null)
    IFS='|' read -r verdict emulated text <<<"${line//$'\r'/}"
    [ "$emulated" = 0 ] && emulated='' || emulated="$emulated traps emulated"
    printf '  %-46s %-19s %-6s %s\n' "$title" "$emulated" "$verdict" "$text"
    [ "$verdict" = "$wanted" ] || status=1
}

case $quirk in
popf) echo "popf: a kernel takes a lock with interrupts off, and is interrupted" ;;
pushf) echo "pushf: a kernel takes a lock, and then lets interrupts be as they were" ;;
sgdt) echo "sgdt: a kernel asks which page tables are in force" ;;
sfence) echo "sfence: a kernel replaces a page by another one" ;;
*) echo "demos/run.sh: no story of this name: '$quirk'" >&2 && exit 2 ;;
esac
way right "bare, in S-mode" bare
way right "in U-mode below a monitor" user
way wrong "in U-mode, the hart has --quirk=$quirk" user "--quirk=$quirk"
way right "in VS-mode, the hart has --quirk=$quirk" guest "--quirk=$quirk"
[ $status = 0 ] || echo "demos/run.sh: $quirk did not come out as it must" >&2
exit $status
