#!/bin/bash
# KVM in Debian's stock kernel, on vhart, hosts Debian's stock kernel: it starts a shell, and leaves
# its world more often than the same guest of vmm does.
set -u
cd "$(dirname "$0")/../.." || exit 2
export VHART=${VHART:-build/vhart} BUILD=${BUILD:-build} OUT=${TMP:-$(mktemp -d)}

if ! guests/linux/fetch.sh "$BUILD/linux"; then
    echo "Debian's kernel cannot be fetched here"
    exit 77
fi

number=0
report() { # status name
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
    [ "$1" = 0 ] || failed=1
}

failed=0
echo 1..2
read -r _ of_vmm _ of_kvm _ < <(bench/kvm/exits.sh vmm huge | grep '^all ')
report $((${of_kvm:-0} == 0)) "both boot the guest to its shell and off again"
report $((${of_vmm:-1} >= ${of_kvm:-0})) "vmm's guest leaves it less often: ${of_vmm:-?} to ${of_kvm:-?} times"
[ -n "${TMP-}" ] || rm -rf "$OUT"
exit $failed
