#!/bin/bash
# Print which test proves each rule of the specification, chapter by chapter, and count them.
# Status 1 when a rule has neither a test nor a reason, names a test that is not there, or comes twice.
#
#   tools/coverage-rules.sh [-q] [CHAPTER...]     -q: only what is wrong, and the counts
#
# tests/rules/CHAPTER.tsv has a row for each rule; tests/rules/README.md explains the columns.
set -eu -o pipefail
cd "$(dirname "$0")/.."

quiet=0
if [ "${1-}" = -q ]; then
    quiet=1
    shift
fi
chapters=()
for chapter in "$@"; do
    if [ ! -f "tests/rules/$chapter.tsv" ]; then
        echo "coverage-rules: no chapter '$chapter' in tests/rules/; leave it out for all of them" >&2
        exit 2
    fi
    chapters+=("tests/rules/$chapter.tsv")
done
if [ ${#chapters[@]} = 0 ]; then chapters=(tests/rules/*.tsv); fi

# "isa/FILE:NAME" or "host/FILE:NAME" for each test in the tree.
tests_there() {
    grep -oE '^TEST\([a-z0-9_]+\)' tests/isa/*.c |
        sed -E 's,^tests/(.*)\.c:TEST\((.*)\)$,\1:\2,'
    grep -oE '^static void test_[a-z0-9_]+\(void \*\*state\)' tests/host/test_*.c |
        sed -E 's,^tests/(.*)\.c:static void (.*)\(void .*$,\1:\2,'
}

# In awk, a rule's state is `tested`, `n/a` or `MISSING`; only the last is wrong by itself.
awk -F '\t' -v quiet=$quiet '
    function wrong(what) {
        printf "%s:%d: %s: %s\n", FILENAME, FNR, $1, what
        failures++
    }
    function check_tests(    names, n, i) {
        n = split($3, names, " ")
        for (i = 1; i <= n; i++)
            if (!(names[i] in there)) wrong("there is no test " names[i])
    }
    function state_of_rule() {
        if ($3 ~ /^n\/a: ./) return "n/a"
        if ($3 == "") {
            wrong("neither a test nor a reason")
            return "MISSING"
        }
        check_tests()
        return "tested"
    }

    NR == FNR { there[$0] = 1; next }
    FNR == 1 { chapter = FILENAME; gsub(/.*\/|\.tsv$/, "", chapter); order[++chapters] = chapter }
    FNR == 1 && !quiet { printf "\n%s\n", chapter }
    NF < 2 || NF > 3 || $1 == "" || $2 == "" { wrong("not: rule <tab> words <tab> tests"); next }
    (chapter, $1) in seen { wrong("listed twice"); next }
    {
        seen[chapter, $1] = 1
        state = state_of_rule()
        count[chapter, state]++
        if (!quiet) printf "  %-7s  %-40s %s\n             %s\n", state, $1, $2, $3
    }

    END {
        printf "\n%-16s %6s %6s %6s %8s\n", "chapter", "rules", "tested", "n/a", "missing"
        for (i = 1; i <= chapters; i++) {
            c = order[i]
            t = count[c, "tested"] + 0; n = count[c, "n/a"] + 0; m = count[c, "MISSING"] + 0
            printf "%-16s %6d %6d %6d %8d\n", c, t + n + m, t, n, m
            tested += t; na += n; missing += m
        }
        printf "%-16s %6d %6d %6d %8d\n", "all", tested + na + missing, tested, na, missing
        if (failures) printf "coverage-rules: %d wrong, named above\n", failures
        exit failures > 0
    }' <(tests_there) "${chapters[@]}"
