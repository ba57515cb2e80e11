#!/bin/sh
# Print the package mirrors that this machine's apt uses, a line each, whichever format its sources
# are in; those that end in /debian first. DEBIAN_MIRROR=URL overrides them.
# (--no-release-info: sources count before their package lists are here, too.)
if [ -n "${DEBIAN_MIRROR-}" ]; then
    echo "$DEBIAN_MIRROR"
    exit
fi
# shellcheck disable=SC2016 # the name in parentheses is for apt
apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' | sort -u |
    awk '/\/debian\/?$/ { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }'
