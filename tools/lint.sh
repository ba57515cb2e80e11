#!/bin/bash
# Check what a compiler does not: layout, include directions, scripts, white space, file lengths.
# Prints a line for each thing that is wrong; status 1 when there is any. Long files only warn.
#
# Environment: LINT_COMPILE, a command that checks one C file with a second compiler (optional).
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2

LINES_MAX=600
status=0

wrong() {
    echo "lint: $1: see above" >&2
    status=1
}

# The files that git knows or would take, by pattern.
files() {
    git ls-files -co --exclude-standard -- "$@" | while read -r file; do
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

scripts() {
    files | while read -r file; do
        if head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*\<(sh|bash)\>'; then echo "$file"; fi
    done
}

files '*.[chS]' '*.def' '*.sh' '*.mk' | while read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt $LINES_MAX ]; then
        echo "lint: warning: $file has $lines lines (more than $LINES_MAX)"
    fi
done

files '*.[ch]' | xargs -r clang-format --dry-run -Werror || wrong "layout (make format mends it)"
tools/check-includes.sh || wrong "include directions"
tools/firmware-size.sh >/dev/null || wrong "size of firmware/ (tools/firmware-size.sh)"
scripts | xargs -r shellcheck || wrong "scripts"
# In a table, a tab at the end is an empty last column.
if git grep -nIE --untracked $'[ \t\r]+$' -- ':!*.tsv'; then wrong "white space at line ends"; fi

if [ -n "${LINT_COMPILE-}" ]; then
    # shellcheck disable=SC2086 # a command with options
    files 'hart/*.c' 'hext/*.c' 'mmu/*.c' 'census/*.c' 'platform/*.c' 'tests/host/*.c' \
        'tests/random/*.c' 'tests/fuzz/*.c' 'tests/peers/*.c' |
        xargs -r -n 1 -P "$(nproc)" $LINT_COMPILE || wrong "second compiler"
fi

[ $status = 0 ] && echo "lint: clean"
exit $status
