#!/bin/sh
# Each story of demos/ comes out as it must, in each of its four ways.
count=0
for quirk in popf pushf sgdt sfence; do
    count=$((count + 1))
    if demos/run.sh $quirk >"$TMP/told"; then echo "ok $count - $quirk"; else echo "not ok $count - $quirk"; fi
    cat "$TMP/told"
    count=$((count + 1))
    if sed 's/^/    /' "$TMP/told" | grep -vqxFf docs/virtualizability.md; then
        echo "not ok $count - docs/virtualizability.md tells $quirk otherwise"
    else
        echo "ok $count - as docs/virtualizability.md tells it"
    fi
done
# in every tier alike
for quirk in popf pushf sgdt sfence; do
    count=$((count + 1))
    if timeout 60 "$VHART" --lockstep --quirk=$quirk --bios none --kernel "$BUILD/demos/$quirk-user.elf"; then
        echo "ok $count - $quirk in lockstep"
    else
        echo "not ok $count - $quirk in lockstep"
    fi
done
# and the quirk is what does it: with another one, the kernel is all right
count=$((count + 1))
other=$(timeout 60 "$VHART" --quirk=sgdt --bios none --kernel "$BUILD/demos/popf-user.elf")
case $other in
right*) echo "ok $count - another quirk" ;;
*) echo "not ok $count - another quirk: $other" ;;
esac
echo "1..$count"
