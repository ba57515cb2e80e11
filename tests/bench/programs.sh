#!/bin/bash
# The benchmarks do what they claim: each row of bench/rows.tsv runs to its end, in the fast tiers, on
# both boards, with the checksum that Spike and QEMU give (two rounds, and each must end in the same
# one); and what its handlers count as an event is what the log shows to have happened.
set -u
rows=$(dirname "$0")/../../bench/rows.tsv
count=0 failed=0

tap() { # name condition...
    local name=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/#     /' "$TMP/out"
    fi
}

# Parameters are words of 64 bits behind the magic text (struct params in bench/frame/frame.h), at a
# fixed place of the file (bench/frame/frame.ld).
PARAMS=$((0x1040 + 16))
image() { # program parameter...
    local word shift bytes=
    cp "$BUILD/bench/$1.elf" "$TMP/image.elf"
    shift
    for word; do
        for ((shift = 0; shift < 64; shift += 8)); do
            bytes+=$(printf '\\x%02x' $((word >> shift & 255)))
        done
    done
    printf '%b' "$bytes" | dd of="$TMP/image.elf" bs=1 seek=$PARAMS conv=notrunc status=none
}

number() { # s m:0 s:1 vs:2: the number behind the name
    local pair
    for pair in "${@:2}"; do
        if [ "${pair%:*}" = "$1" ]; then echo "${pair#*:}"; fi
    done
}

image_of() { # row rounds board [harts]: of its first size
    local program mode leaf size stride harts
    IFS=$'\t' read -r _ program mode leaf size stride harts _ < <(grep "^$1	" "$rows")
    image "$program" "$2" "${size%:*}" "$stride" "${4:-${harts%:*}}" "$(number "$mode" m:0 s:1 vs:2)" \
        "$(number "$leaf" 4k:0 2m:1)" "$3"
}

field() { # name: what the program printed
    sed -n "s/^$1 //p" "$TMP/out"
}

ends_well() { # checksum arguments...
    "$VHART" "${@:2}" "$TMP/image.elf" >"$TMP/out" 2>&1 </dev/null &&
        [ "$(field checksum)" = "$1" ] && [ "$(field rounds)" = 2 ] && [ "$(field events)" -gt 0 ]
}

# Not the stepper: some rows would take it minutes.
tiers=$("$VHART" --tier=? x 2>&1 | sed 's/.*--tier takes \(.*\), not.*/\1/; s/,/ /g; s/ or / /')
for tier in $tiers; do
    [ "$tier" = step ] && continue
    while IFS=$'\t' read -r row _ _ _ _ _ _ _ checksum _; do
        image_of "$row" 2 0
        tap "$row, $tier, HTIF" ends_well "$checksum" --tier="$tier"
    done < <(grep -v '^#' "$rows")
done
while IFS=$'\t' read -r row _ _ _ _ _ _ _ checksum _; do
    image_of "$row" 2 1
    tap "$row, virt" ends_well "$checksum"
done < <(grep -v '^#' "$rows")

# With four harts these give what they give with one.
for row in parallel-amo parallel-fence; do
    checksum=$(grep "^$row	" "$rows" | cut -f 9)
    image_of "$row" 2 0 4
    tap "$row, four harts in turn" ends_well "$checksum" -p 4
    tap "$row, four harts at the same time" ends_well "$checksum" -p 4 --parallel
done

# One round in the log: as many of these as the program counts.
logged() { # pattern
    "$VHART" -l --log="$TMP/log" "$TMP/image.elf" >"$TMP/out" 2>&1 </dev/null
    [ "$(field events)" -gt 0 ] && [ "$(grep -cE "$1" "$TMP/log")" = "$(field events)" ]
}
while read -r row pattern; do
    image_of "$row" 1 0
    tap "$row counts its events" logged "$pattern"
    rm -f "$TMP/log"
done <<'END'
syscall-s exception trap_user_ecall
worldswitch exception trap_virtual_supervisor_ecall
vmswitch-2 exception trap_virtual_supervisor_ecall
mmio exception trap_(load|store)_guest_page_fault
remap-s sfence\.vma [as][0-9]+, zero
END

echo "1..$count"
[ $failed = 0 ]
