#!/bin/bash
# The size of vmm in lines of C, headers and assembly, without blanks and comments, and its limits: it is
# to be read in an afternoon. Status 1 when it is over.
set -u
cd "$(dirname "$0")/.." || exit 2

CORE_MAX=2500 # firmware/ without its folders
ALL_MAX=4000

# Lines of the files in which something is left when comments have gone.
lines() {
    awk 'FNR == 1 { comment = 0 }
        FILENAME ~ /\.S$/ && /^[ \t]*# / { next }
        {
            text = ""
            for (rest = $0; rest != ""; comment = !comment) {
                at = index(rest, comment ? "*/" : "/*")
                if (!comment) text = text (at ? substr(rest, 1, at - 1) : rest)
                if (!at) break
                rest = substr(rest, at + 2)
            }
            if (text ~ /[^ \t]/) n++
        }
        END { print n }' "$@"
}

core=$(lines firmware/*.[chS])
all=$(lines firmware/*.[chS] firmware/*/*.[chS])
echo "vmm: $core lines, $all with devices, SBI and device trees (at most $CORE_MAX and $ALL_MAX)"
((core <= CORE_MAX && all <= ALL_MAX))
