#!/bin/bash
# Does a verb work on a machine that has nothing but make and git? Makes a bare Debian of this
# machine's release in a temporary directory, from the mirror that its apt uses, and runs the verbs
# in there without a terminal:
#
#   tools/test-fresh.sh [VERB...]     default: run
#
# Status: 0 it works, or it could not be tried here (a line says why); 1 it does not work.
set -eu -o pipefail
cd "$(dirname "$0")/.."

verbs=("${@:-run}")

skip() {
    echo "test-fresh: skipped: $*"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "a chroot needs root"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
mirror=$(tools/mirrors.sh | head -n 1)
if [ -z "$release" ] || [ -z "$mirror" ]; then skip "this is no Debian with a mirror"; fi

root=$(mktemp -d)
chmod 755 "$root" # apt drops its privileges to fetch
clean_up() {
    umount "$root/dev/pts" "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$root" "$root.log"
}
trap clean_up EXIT

echo "test-fresh: making a bare Debian $release"
if ! debootstrap --variant=minbase "$release" "$root" "$mirror" >"$root.log" 2>&1; then
    tail -n 5 "$root.log" >&2
    skip "debootstrap failed"
fi
# A machine has processes and terminals, and tests look at both.
if ! mount -t proc proc "$root/proc" ||
    ! mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"; then
    skip "mounting /proc and /dev/pts failed"
fi
ln -sf pts/ptmx "$root/dev/ptmx"

# How to reach the mirror from in there.
apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/50host"
for file in /etc/resolv.conf /etc/hosts; do cp "$file" "$root/etc/"; done

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }

inside apt-get -qq update
inside env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y install --no-install-recommends make git >/dev/null 2>&1
# A fresh machine has no package lists either.
inside sh -c 'rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin'

mkdir "$root/vhart"
git ls-files -co --exclude-standard -z | xargs -0 ls -d 2>/dev/null | tar -c -T - |
    tar -x -C "$root/vhart"

for verb in "${verbs[@]}"; do
    echo "test-fresh: make $verb"
    if ! inside make -C /vhart --no-print-directory "$verb" </dev/null; then
        echo "test-fresh: make $verb failed on a bare Debian $release" >&2
        exit 1
    fi
done
echo "test-fresh: passed"
