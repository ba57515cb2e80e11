#!/bin/bash
# bench/run.py: a short measurement gives figures, JSON, a picture and a table; a wrong checksum, and a
# simulator that fails, end it with status 1; wishes that cannot be met with 2 and one line.
set -u
export PEERS='' RUNS=1 RUN_SECONDS=0.01
count=0 failed=0
json=$TMP/bench.json
# The Makefile has built it with vhart, or with its instrumented form.
measure=${HOST:-build}/bench/measure

bench() { # status
    bench/run.py --vhart "$VHART" --measure "$measure" --programs "$BUILD/bench" --out "$json" \
        >"$TMP/out" 2>"$TMP/err" </dev/null
    [ $? = "$1" ]
}

check() { # name command...
    local name=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/#     /' "$TMP/out" "$TMP/err"
    fi
}

one_line() { # text: status 2, and one line on stderr with this text
    bench 2 && [ "$(wc -l <"$TMP/err")" = 1 ] && grep -qF -- "$1" "$TMP/err"
}

well_formed() {
    python3 -c 'import json, sys, xml.dom.minidom
document = json.load(open(sys.argv[1] + ".json"))
figures = [f for row in document["rows"] for f in row["simulators"]]
assert figures and all(f["peak_kib"] > 0 for f in figures), figures
assert {"cpu", "cores", "kernel", "date"} <= document["machine"].keys()
xml.dom.minidom.parse(sys.argv[1] + ".svg")
assert open(sys.argv[1] + ".md").read().count("\n") == len(document["rows"]) + 2' "${json%.json}"
}

export BENCH='start worldswitch'
check "a short measurement" bench 0
check "its files" well_formed
check "its figures" grep -qE '^  vhart [a-z]+ +[0-9.]+ ns an event' "$TMP/out"

export BENCH=worldswitch TIERS=block
# A simulator that prints nothing, and one that prints another checksum.
OTHERS='silent=true {image}' check "a simulator that fails" bench 1
check "is told" grep -q 'WRONG: silent: exit status 0' "$TMP/out"
cat >"$TMP/liar" <<'END'
#!/bin/sh
"$VHART" "$1" | sed 's/^checksum .*/checksum 1/'
END
chmod +x "$TMP/liar"
OTHERS="liar=$TMP/liar {image}" check "a wrong checksum" bench 1
check "is told" grep -q 'WRONG: checksums differ' "$TMP/out"

BENCH=nothing check "an unknown row" one_line "there is no row 'nothing'"
TIERS=nothing check "an unknown tier" one_line "not 'nothing'"
PEERS=nothing check "an unknown peer" one_line "there is no peer 'nothing'"
RUNS=none check "a number that is none" one_line "RUNS takes a number"
VHART=nothing check "no vhart" one_line "there is no nothing"
OTHERS=nothing check "a command that is none" one_line "OTHERS takes NAME=COMMAND"

echo "1..$count"
[ $failed = 0 ]
