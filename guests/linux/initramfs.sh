#!/bin/sh
# Write an initramfs with busybox, our init and kernel modules to standard output:
#
#   guests/linux/initramfs.sh BUSYBOX INIT MODULE...
#
# The archive is cpio's "newc" format, which the kernel reads
# (Documentation/driver-api/early-userspace/buffer-format.rst in its source). Written here because
# the cpio program cannot record a device that does not exist, which only root could make.
set -eu

S_IFDIR=0040000 S_IFREG=0100000 S_IFCHR=0020000
inode=0

# Pad with zero bytes what has so far taken $1 bytes, to a multiple of four.
pad() {
    case $(($1 % 4)) in
    1) printf '\0\0\0' ;;
    2) printf '\0\0' ;;
    3) printf '\0' ;;
    esac
}

# The header and the name of an entry; its data follow.
header() { # name mode size major minor
    inode=$((inode + 1))
    # Magic, then: inode, mode, uid, gid, links, mtime, size, device (2), device node (2), length
    # of the name, checksum (unused).
    printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
        $inode $(($2)) 0 0 1 0 "$3" 0 0 "$4" "$5" $((${#1} + 1)) 0
    printf '%s\0' "$1"
    pad $((110 + ${#1} + 1))
}

directory() { header "$1" $((S_IFDIR | 0755)) 0 0 0; }
device() { header "$1" $((S_IFCHR | 0600)) 0 "$2" "$3"; }

file() { # name source mode
    size=$(wc -c <"$2")
    header "$1" $((S_IFREG | $3)) "$size" 0 0
    cat "$2"
    pad "$size"
}

directory dev
directory proc
directory sys
directory bin
directory tmp
device dev/console 5 1
directory lib
file bin/busybox "$1" 0755
file init "$2" 0755
shift 2
for module; do file "lib/${module##*/}" "$module" 0644; done
header 'TRAILER!!!' 0 0 0 0
