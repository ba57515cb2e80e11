# shellcheck shell=bash
# To be sourced: packages of another Debian architecture, fetched into a directory.
#
# They come from the Debian mirror that this machine's apt already uses (or DEBIAN_MIRROR=URL) and
# are checked by apt against Debian's keys. apt works in a directory of its own: nothing is
# installed, and the machine's package lists are left alone. Needs no root.
#
# Set before: dir (absolute, there), architecture, release, and a function die.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

private_apt() { # apt-get|apt-cache|... ARGUMENTS
    local tool=$1
    shift
    "$tool" -qq -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State="$dir/apt" -o Dir::State::Lists="$dir/apt/lists" \
        -o Dir::State::Status="$dir/apt/status" -o Dir::Cache="$dir/apt" \
        -o Dir::Cache::Archives="$dir/apt/archives" \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User="$(id -un)" "$@"
}

# Find a mirror that has the release for the architecture, signed by Debian, and read its package
# list.
find_mirror() {
    local mirror
    mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial"
    : >"$dir/apt/status"
    : >"$dir/apt/error"
    for mirror in $("$tools/mirrors.sh"); do
        echo "deb [signed-by=$KEYRING] $mirror $release main" >"$dir/apt/sources.list"
        private_apt apt-get --error-on=any update 2>>"$dir/apt/error" && return
    done
    cat "$dir/apt/error" >&2
    die "none of apt's sources has Debian $release for $architecture: give one with DEBIAN_MIRROR=URL"
}

# Download a package into debs/ under a name without its version.
download() { # package name
    echo "debs: fetching $1 for $architecture"
    mkdir -p "$dir/debs"
    (cd "$dir/debs" && private_apt apt-get download "$1" && mv "$1"_*.deb "$2.deb") ||
        die "cannot fetch $1"
}
