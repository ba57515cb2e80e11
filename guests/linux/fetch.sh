#!/bin/bash
# Fetch Debian's riscv64 kernel and static busybox, once, and make what `make linux` boots of them:
#
#   guests/linux/fetch.sh DIR     leaves DIR/Image (the kernel) and DIR/initramfs.cpio
#
# They come from the Debian mirror that this machine's apt already uses (or DEBIAN_MIRROR=URL) and
# are checked by apt against Debian's keys. apt works in a directory of its own: nothing is
# installed, and the machine's package lists are left alone. Needs no root.
set -eu -o pipefail

RELEASE=trixie # Debian 13: the first with a riscv64 port of its own
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: guests/linux/fetch.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
exec 9>"$dir/lock"
flock 9 # one at a time: who comes second finds what the first has fetched

die() {
    echo "linux: $*" >&2
    exit 2
}

private_apt() { # apt-get|apt-cache|... ARGUMENTS
    local tool=$1
    shift
    "$tool" -qq -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State="$dir/apt" -o Dir::State::Lists="$dir/apt/lists" \
        -o Dir::State::Status="$dir/apt/status" -o Dir::Cache="$dir/apt" \
        -o Dir::Cache::Archives="$dir/apt/archives" \
        -o APT::Architecture=riscv64 -o APT::Architectures=riscv64 \
        -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User="$(id -un)" "$@"
}

# Find a mirror that has the release for riscv64, signed by Debian, and read its package list.
find_mirror() {
    local mirror
    mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial"
    : >"$dir/apt/status"
    : >"$dir/apt/error"
    for mirror in $("$here/../../tools/mirrors.sh"); do
        echo "deb [signed-by=$KEYRING] $mirror $RELEASE main" >"$dir/apt/sources.list"
        private_apt apt-get --error-on=any update 2>>"$dir/apt/error" && return
    done
    cat "$dir/apt/error" >&2
    die "none of apt's sources has Debian $RELEASE for riscv64: give one with DEBIAN_MIRROR=URL"
}

# Download a package into debs/ under a name without its version.
download() { # package name
    echo "linux: fetching $1"
    mkdir -p "$dir/debs"
    (cd "$dir/debs" && private_apt apt-get download "$1" && mv "$1"_*.deb "$2.deb") ||
        die "cannot fetch $1"
}

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

# What a virtual machine's network card and disk need. (They stay compressed: insmod knows how.)
modules=(drivers/virtio/virtio_mmio net/core/failover drivers/net/net_failover
    drivers/net/virtio_net drivers/block/virtio_blk)
mkdir -p "$dir/modules"
for module in "${modules[@]}"; do
    file=$dir/modules/${module##*/}.ko.xz
    [ -s "$file" ] || make_file "$file" extract kernel "*/kernel/$module.ko.xz"
done

# For who hosts guests in that kernel (bench/kvm): it is no part of the initramfs.
[ -s "$dir/kvm.ko.xz" ] ||
    make_file "$dir/kvm.ko.xz" extract kernel '*/kernel/arch/riscv/kvm/kvm.ko.xz'

initramfs=$dir/initramfs.cpio
if [ "$here/init" -nt "$initramfs" ] || [ "$here/initramfs.sh" -nt "$initramfs" ]; then
    make_file "$initramfs" "$here/initramfs.sh" "$dir/busybox" "$here/init" "$dir"/modules/*.ko.xz
fi
