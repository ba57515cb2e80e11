#!/bin/bash
# Fetch the libraries with which vhart and its unit tests are linked for AArch64, once:
#
#   tools/arm64-libraries.sh DIR     unpacks them below DIR/root
#
# Their development packages cannot be installed beside this machine's, so nothing is
# (tools/foreign-debs.sh).
set -eu -o pipefail

packages=(libfdt-dev libfdt1 libcmocka-dev libcmocka0 libmpfr-dev libmpfr6 libgmp-dev libgmp10)

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: tools/arm64-libraries.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# shellcheck disable=SC2034 # foreign-debs.sh reads them
architecture=arm64
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
die() {
    echo "arm64: $*" >&2
    exit 2
}
# shellcheck source=/dev/null
. "$here/foreign-debs.sh"

[ -e "$dir/complete" ] && exit
[ -n "$release" ] || die "/etc/os-release does not say which Debian this is"
find_mirror
for package in "${packages[@]}"; do
    download "$package" "$package"
    dpkg-deb -x "$dir/debs/$package.deb" "$dir/root"
done
rm -rf "$dir/apt"
touch "$dir/complete"
