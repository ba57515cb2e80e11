#!/bin/bash
# Check that includes point one way: platform -> census -> hart -> hext -> mmu (the layout in CONTRIBUTING.md).
#
# Each folder is listed with the headers that it may include, as patterns from the top directory.
# System headers (<...>) and headers of the same folder are free.
set -euf -o pipefail
cd "$(dirname "$0")/.."

# hext/ adds to a hart: it sees the hart's state and the declarations that its rows are made of,
# never what runs instructions, takes traps or touches memory (step.h, block.h, trap.h, memory.h).
HART_FACTS='hart/types.h hart/state.h hart/csrbits.h hart/csr.h hart/context.h hart/interrupt.h
    hart/isa.h hart/insn.h hart/decode.h hart/aia.h hart/imsic.h'

allowed() { # folder
    case $1 in
    mmu) echo 'hart/types.h' ;;
    hext) echo "mmu/* $HART_FACTS" ;;
    hart) echo 'mmu/* hext/*' ;;
    census) echo 'hart/* hext/* mmu/*' ;;
    platform) echo 'hart/* hext/* mmu/* census/*' ;;
    tests) echo 'hart/* hext/* mmu/* census/* platform/* firmware/*' ;; # firmware/: files that run on a host
    bench | labs) echo 'hart/* hext/* mmu/* platform/* firmware/*' ;; # firmware/: vmm's devices on KVM
    firmware | guests | demos) echo '' ;;
    *) return 1 ;;
    esac
}

may_include() { # folder header
    local pattern
    case $2 in "$1"/*) return 0 ;; esac
    for pattern in $(allowed "$1"); do
        # shellcheck disable=SC2254 # it is a pattern
        case $2 in $pattern) return 0 ;; esac
    done
    return 1
}

# Print "file:line header" for each #include "..." of the C and assembly files that git knows.
includes() {
    git ls-files -co --exclude-standard '*.[chS]' '*.def' |
        xargs -d '\n' grep -nHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^"]+"' |
        sed -E 's/^([^:]+:[0-9]+):.*"([^"]+)"$/\1 \2/'
}

status=0
while read -r place header; do
    file=${place%%:*}
    folder=${file%%/*}
    # Named without a folder, a header is the folder's own, found by its -I.
    if [[ $header != */* ]]; then header=$folder/$header; fi
    if ! may_include "$folder" "$header"; then
        echo "$place: $folder/ may not include $header"
        status=1
    fi
done < <(includes)
exit $status
