#!/bin/bash
# Random programs on vhart and on each other simulator that is on the PATH, in TAP.
set -u
: "${BUILD:=build}" "${HOST:=build}" "${VHART:=build/vhart}" "${PEER_SEEDS:=1..40}"
peers=(spike qemu-system-riscv64)
echo "1..${#peers[@]}"
status=0 n=0
for peer in "${peers[@]}"; do
    n=$((n + 1))
    name="programs $PEER_SEEDS as $peer runs them"
    if ! command -v "$peer" >/dev/null; then
        echo "ok $n - $name # SKIP $peer is not on the PATH"
    elif "$HOST/tests/peers/peers" --seeds "$PEER_SEEDS" --vhart "$VHART" \
        "$BUILD/tests/peers/frame.elf" "$peer"; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        status=1
    fi
done
exit $status
