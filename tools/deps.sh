#!/bin/sh
# Find what the build, the runs and the tests need and this machine lacks; install it with apt.
#
#   tools/deps.sh [GROUP...]   see to these groups (default: build run test linux census lint)
#   tools/deps.sh --list       print what each group needs, and why
#
# Status: 0 nothing is missing (any more), 2 something is, with a line on stderr that names it.
# Needs a POSIX shell, and apt only when something is missing.

CROSS=${CROSS:-riscv64-unknown-elf-}
OPENSBI=/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# need GROUP THING PACKAGE WHY: the thing is a program on the PATH or a file, and we look for it
# rather than for the package, so that one's own build of it counts. PACKAGE is Debian's name, or
# a|b where releases differ: the first that this one has.
needs() {
    need build gcc gcc "compiles vhart"
    need build ar binutils "makes vhart's library"
    need build /usr/include/stdio.h libc6-dev "the C library"
    need build /usr/include/libfdt.h libfdt-dev "reads and writes device trees"
    need run "${CROSS}gcc" gcc-riscv64-unknown-elf "compiles vmm, its guests and the guest tests"
    need run $OPENSBI opensbi "the firmware under vmm and Linux"
    need test /usr/include/cmocka.h libcmocka-dev "runs the unit tests"
    need test /usr/include/mpfr.h libmpfr-dev "a second opinion on floating point"
    need test dtc device-tree-compiler "a second opinion on device trees"
    need test /usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin u-boot-qemu "a guest for vmm"
    need test /sbin/mke2fs e2fsprogs "a file system on a disk for Linux and U-Boot"
    need test qemu-system-riscv64 "qemu-system-riscv|qemu-system-misc" "a second machine for vmm"
    need test python3 python3 "runs the benchmarks and writes what they gave"
    if [ "$(uname -m)" != aarch64 ]; then
        need test aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu "makes vhart for AArch64 hosts"
        need test qemu-aarch64 qemu-user "runs what is made for them"
    fi
    need census qemu-system-i386 qemu-system-x86 "an x86 machine beside which RISC-V is shown"
    if [ "$(uname -m)" != x86_64 ]; then
        need census x86_64-linux-gnu-gcc gcc-x86-64-linux-gnu "compiles the probe of x86"
    fi
    need linux apt-get apt "fetches Debian's riscv64 kernel and busybox"
    need linux $KEYRING debian-archive-keyring "proves that they are Debian's"
    need lint git git "knows which files are ours"
    need lint clang-format clang-format "checks the layout of C"
    need lint shellcheck shellcheck "checks the scripts"
    need fuzz clang clang "makes programs that fuzz by coverage"
    need fuzz "$(fuzzer)" "libclang-rt-14-dev|libclang-rt-19-dev" "what clang links them with"
    need fresh debootstrap debootstrap "makes a bare Debian for make test-fresh"
}

# The library that clang needs for them, which is a package of its own: its file, or where it ought to
# be.
fuzzer() {
    directory=$(clang -print-runtime-dir 2>/dev/null)
    for file in "$directory"/libclang_rt.fuzzer-*; do
        [ -e "$file" ] && break
    done
    echo "$file"
}

die() {
    echo "deps: $*" >&2
    exit 2
}

wanted() {
    case " $groups " in *" $1 "*) ;; *) return 1 ;; esac
}

present() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Set missing to the packages that the groups lack.
find_missing() {
    missing=
    need() {
        if wanted "$1" && ! present "$2"; then missing="$missing $3"; fi
    }
    needs
}

list() {
    need() { printf '%-6s %-36s %s\n' "$1" "$3" "$4"; }
    needs
}

explain() {
    need() {
        if wanted "$1" && ! present "$2"; then printf 'deps: missing %s (%s)\n' "$3" "$4"; fi
    }
    needs
}

# Set packages to the names in this release of those missing, unknown to those it does not have.
choose() {
    packages=
    unknown=
    for names in $missing; do
        found=
        for name in $(echo "$names" | tr '|' ' '); do
            if [ -z "$found" ] && apt-cache policy "$name" 2>/dev/null |
                grep -q 'Candidate: [^(]'; then
                found=$name
            fi
        done
        if [ -n "$found" ]; then packages="$packages $found"; else unknown="$unknown $names"; fi
    done
}

update() {
    echo "deps: ${root}apt-get update"
    $root apt-get -qq update || die "apt-get update failed: see above"
}

install() {
    echo "deps: ${root}apt-get install --no-install-recommends$packages"
    # shellcheck disable=SC2086 # both are lists of words
    $root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $packages >/dev/null
}

if [ "$1" = --list ]; then
    list
    exit
fi
groups=${*:-build run test linux census lint}

find_missing
[ -z "$missing" ] && exit 0

explain >&2
command -v apt-get >/dev/null || die "this system has no apt: install these by its own means"
if [ "$(id -u)" = 0 ]; then
    root=
elif command -v sudo >/dev/null; then
    root='sudo '
else
    die "run 'make deps' as root (there is no sudo here)"
fi

# The package lists may be absent (a fresh machine) or older than the mirror's packages.
choose
if [ -n "$unknown" ] || ! install; then
    update
    choose
    [ -z "$unknown" ] || die "this release has no package called:$unknown"
    install || die "apt-get could not install:$packages"
fi

find_missing
[ -z "$missing" ] || die "installed, but still not found: what came with$missing"
