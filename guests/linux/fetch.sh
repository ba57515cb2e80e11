#!/bin/bash
# Fetch Debian's riscv64 kernel and static busybox, once, and make what `make linux` boots of them:
#
#   guests/linux/fetch.sh DIR     leaves DIR/Image (the kernel) and DIR/initramfs.cpio
#
# Nothing is installed (tools/foreign-debs.sh).
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: guests/linux/fetch.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/lock"
flock 9 # one at a time: who comes second finds what the first has fetched

# shellcheck disable=SC2034 # foreign-debs.sh reads them
architecture=riscv64
# shellcheck disable=SC2034
release=trixie # Debian 13: the first with a riscv64 port of its own
die() {
    echo "linux: $*" >&2
    exit 2
}
# shellcheck source=/dev/null
. "$here/../../tools/foreign-debs.sh"

# linux-image-riscv64 is an empty package that depends on the current kernel's.
kernel_package() {
    private_apt apt-cache depends linux-image-riscv64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p'
}

# Print the one file of a package whose path matches a pattern.
extract() { # package pattern
    dpkg-deb --fsys-tarfile "$dir/debs/$1.deb" | tar -xO --wildcards "$2"
}

# Make a file by a command, but not half of it.
make_file() { # file command...
    local file=$1
    shift
    "$@" >"$file.new" || die "cannot make $file"
    mv "$file.new" "$file"
}

if ! [ -s "$dir/debs/kernel.deb" ] || ! [ -s "$dir/debs/busybox.deb" ]; then
    find_mirror
    download busybox-static busybox
    download "$(kernel_package)" kernel
    rm -rf "$dir/apt"
fi
[ -s "$dir/Image" ] || make_file "$dir/Image" extract kernel './boot/vmlinu[xz]-*'
[ -s "$dir/busybox" ] || make_file "$dir/busybox" extract busybox './*bin/busybox'

# What a virtual machine's network card and disk need, and ext4 on it, each behind those it needs.
# (They stay compressed: insmod knows how.)
modules=(drivers/virtio/virtio_mmio net/core/failover drivers/net/net_failover
    drivers/net/virtio_net drivers/block/virtio_blk drivers/char/hw_random/virtio-rng
    crypto/crc32c_generic lib/libcrc32c lib/crc16 fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4)
mkdir -p "$dir/modules"
for module in "${modules[@]}"; do
    file=$dir/modules/${module##*/}.ko.xz
    [ -s "$file" ] || make_file "$file" extract kernel "*/kernel/$module.ko.xz"
done

# For who hosts guests in that kernel (bench/kvm): it is no part of the initramfs.
[ -s "$dir/kvm.ko.xz" ] ||
    make_file "$dir/kvm.ko.xz" extract kernel '*/kernel/arch/riscv/kvm/kvm.ko.xz'

initramfs=$dir/initramfs.cpio
if [ "$here/init" -nt "$initramfs" ] || [ "$here/initramfs.sh" -nt "$initramfs" ] ||
    [ "$here/fetch.sh" -nt "$initramfs" ]; then
    make_file "$initramfs" "$here/initramfs.sh" "$dir/busybox" "$here/init" "$dir"/modules/*.ko.xz
fi
