#!/bin/bash
# Time each benchmark on vhart's tiers and, where they are installed, on QEMU and Spike: five runs
# each, interleaved, CPU seconds of the whole process, medians. RUNS=n changes the number; ratios
# within one call mean something, single figures on a shared machine do not. TIERS="block step" adds
# the stepper, which takes minutes.
set -euo pipefail
: "${VHART:=build/vhart}" "${BUILD:=build}" "${RUNS:=5}" "${TIERS:=block}"

read -ra SIMULATORS <<<"$TIERS"
command -v qemu-system-riscv64 >/dev/null && SIMULATORS+=(qemu)
command -v spike >/dev/null && SIMULATORS+=(spike)

simulate() { # simulator elf
    case $1 in
    block | step) "$VHART" --tier="$1" "$2" ;;
    qemu) qemu-system-riscv64 -M spike -cpu rv64,h=true -m 2G -nographic -bios none -kernel "$2" ;;
    spike) spike --isa=rv64gch "$2" ;;
    esac </dev/null >/dev/null 2>&1
}

middle() { sort -n | awk "{ v[NR] = \$1 } END { print v[int((NR + 1) / 2)] }"; }

one() { # simulator elf: CPU seconds and exit status
    TIMEFORMAT='%U %S'
    { time { simulate "$1" "$2" && status=0 || status=$?; }; } 2>"$scratch/time"
    awk -v s="$status" '{ print $1 + $2, s }' "$scratch/time"
}

for elf in "$BUILD"/bench/*.elf; do
    name=$(basename "$elf" .elf)
    events=$(sed -n 's/.*events: \([0-9]*\);.*/\1/p' bench/"$name".[Sc])
    echo "$name: $(sed -n '1s/.*events: [0-9]*; \(.*\) \*\//\1/p' bench/"$name".[Sc])"
    scratch=$(mktemp -d)
    for ((run = 0; run < RUNS; run++)); do
        for s in "${SIMULATORS[@]}"; do
            one "$s" "$elf" >>"$scratch/$s"
        done
    done
    for s in "${SIMULATORS[@]}"; do
        seconds=$(cut -d' ' -f1 "$scratch/$s" | middle)
        codes=$(cut -d' ' -f2 "$scratch/$s" | sort -u | tr '\n' ' ')
        awk -v n="$s" -v t="$seconds" -v e="$events" -v c="$codes" 'BEGIN {
            printf "  %-6s %8.2f s  %8.1f ns an event  exit code %s\n", n, t, t / e * 1e9, c }'
    done
    rm -rf "$scratch"
done
