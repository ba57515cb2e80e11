#!/bin/sh
# vhart test: which programs it finds, what it says of each, in every format; and that a test that
# fails, hangs, waits, prints, or takes the simulator with it, is reported as what it is.
# shellcheck disable=SC1091,SC2154 # lib.sh sets vhart, here, limit
isa=$(realpath "${BUILD:-build}/tests/isa")
. "$(dirname "$0")/lib.sh"

symbol() { riscv64-unknown-elf-nm "$1" | sed -n "s/^0*\([0-9a-f]*\) . $2\$/0x\1/p"; }
# says TEXT: the report has a line that is just this
says() { check "says: $1" grep -qxF -- "$1" out; }
lacks() { ! grep -qF -- "$1" out; }
says_not() { check "does not say: $1" lacks "$1"; }
ends() { tail -n 1 out | grep -q "^$1 ([0-9.]* s)\$"; }
counts() { check "counts: $1" ends "$1"; }

build exit0 exit.S -DCODE=0
build exit7 exit.S -DCODE=7
build exit1337 exit.S -DCODE=1337
build finisher5 exit.S -DCODE=5 -DFINISHER
for kind in LOOP TRAPLOOP WAIT LEAK GUEST; do build $kind suite.S -D$kind; done
build NOISY suite.S -DNOISY=20
build signature signature.S
mkdir programs
mv ./*.elf programs

# ---- finding ----
mkdir -p tree/b/c tree/empty
cp programs/exit0.elf tree/b/c/deep
cp programs/exit0.elf tree/b/two.elf
cp programs/exit0.elf tree/a.elf
echo "not a program" >tree/b/notes.txt
: >tree/b/nothing
cp "$(command -v sh)" tree/b/host
riscv64-unknown-elf-gcc -c -x assembler /dev/null -o tree/b/object.o
ln -s ../b tree/b/round
ln -s missing tree/b/dangling
mkfifo tree/b/fifo
check_run "a tree of passing tests" 0 test tree
counts "3 passed, 0 failed of 3"
check "and no more" [ "$(wc -l <out)" -eq 1 ]
check "nothing on stderr" [ ! -s err ]
run test --format=tap -j4 tree programs/exit7.elf
grep '^\(not \)\?ok' out >order
printf '%s\n' "ok 1 - tree/a.elf" "ok 2 - tree/b/c/deep" "ok 3 - tree/b/two.elf" \
    "not ok 4 - programs/exit7.elf" >wanted
check "in order, by name" cmp -s wanted order
refuses "nothing to test" test tree/empty
refuses "name the tests" test
refuses "No such file" test tree missing
refuses "not a RISC-V executable" test tree/b/notes.txt
refuses "not a RISC-V executable" test tree/b/host
refuses "not a RISC-V executable" test tree/b/object.o
refuses "neither" test tree/b/fifo
refuses "'--kernel'" test --kernel tree/a.elf tree
refuses "test --help" test --frob tree
refuses "text, tap, junit or json" test --format=xml tree
refuses "-j takes" test -j0 tree
refuses "--max-steps takes" test --max-steps 0 tree
refuses "--timeout takes" test --timeout x tree
refuses "unknown option '--max-steps'" --max-steps 5 programs/exit0.elf
check_run "test --help" 0 test --help
check "fits 80 columns" [ -z "$(awk 'length > 80' out)" ]

# ---- verdicts, on both tiers; each would be a pass if what it is about were not looked at ----
for tier in step block; do
    check_run "$tier: exit code" 1 test --tier=$tier programs/exit7.elf programs/exit0.elf
    says "FAIL programs/exit7.elf: exit code 7"
    says_not "exit0"
    counts "1 passed, 1 failed of 2"
    check_run "$tier: all of a large exit code" 1 test --tier=$tier programs/exit1337.elf
    says "FAIL programs/exit1337.elf: exit code 1337"
    check_run "$tier: test finisher" 1 test --tier=$tier programs/finisher5.elf
    says "FAIL programs/finisher5.elf: exit status 5"
    check_run "$tier: endless loop" 1 test --tier=$tier --max-steps=100000 programs/LOOP.elf
    says "FAIL programs/LOOP.elf: timeout: no end after 100000 steps"
    says "     M-mode, pc $(symbol programs/LOOP.elf _start); no trap"
    check_run "$tier: trap loop" 1 test --tier=$tier programs/TRAPLOOP.elf
    says "FAIL programs/TRAPLOOP.elf: trap loop: the handler in M-mode traps for ever"
    says "     M-mode, pc 0x0; last trap: cause 1, epc 0x0, tval 0x0"
    check_run "$tier: deadlock" 1 test --tier=$tier programs/WAIT.elf
    says "FAIL programs/WAIT.elf: deadlock: every hart waits for an interrupt that cannot come"
    check_run "$tier: trap of a guest" 1 test --tier=$tier programs/GUEST.elf
    says "FAIL programs/GUEST.elf: exit code 4"
    guest=$(symbol programs/GUEST.elf guest)
    check "$tier: mode and last trap" \
        grep -qx "     M-mode, pc 0x[0-9a-f]*; last trap: cause 2, epc $guest, tval 0xffffffff" out
done
check_run "an ELF that cannot be loaded" 1 test -m 4K programs/exit0.elf
says "FAIL programs/exit0.elf: cannot be run"
check "and why" grep -q '^     | vhart: .*not all in RAM' out
check_run "--isa" 1 test --isa=rv64imafdc_zicsr --max-steps=1000 programs/GUEST.elf
check_run "a test too slow for the host" 1 test --timeout=1 --max-steps=1000000000000 \
    programs/LOOP.elf programs/exit0.elf
says "FAIL programs/LOOP.elf: timeout: no end after 1 seconds"
counts "1 passed, 1 failed of 2"

# ---- options of one test ----
mkdir own
cp programs/GUEST.elf own/a.elf # fails without H
cp programs/exit0.elf own/b
cp programs/LOOP.elf own/c.elf
echo '--isa=rv64gch' >own/a.options
printf -- ' --max-steps\n7 --tier=step\t-p2\n' >own/c.options
check_run "as many as it needs" 1 test --isa=rv64gc own
says "FAIL own/a.elf: exit code 4"
says "FAIL own/c.elf: timeout: no end after 7 steps"
counts "1 passed, 2 failed of 3"
sed 's/$/_zba/' own/a.options >own/b.options
check_run "they need not change a verdict" 0 test own/b
for wrong in "--isa=rv32g" "--frob" "-j2" "--timeout=3" "--format=tap" "own/a.elf" "-p" "+signature=x" "--help"; do
    echo "$wrong" >own/b.options
    refuses "own/b.options: " test own
done
rm own/b.options
mkdir own/b.options
refuses "own/b.options" test own
check_run "all of tests/isa" 0 test "$isa"

# ---- one test, and the next in the same process ----
mkdir many
for k in 1 2 3 4 5 6 7 8; do cp programs/LEAK.elf many/$k.elf; done
check_run "no memory or register goes from one to the next" 0 test -j1 many
counts "8 passed, 0 failed of 8"
mkdir bulk
for k in 1 2 3 4 5 6 7 8 9 10; do
    for kind in exit0 exit7 TRAPLOOP WAIT; do cp programs/$kind.elf bulk/$kind-$k; done
done
run test -j1 bulk
sed '$d' out >one
run test -j5 bulk
sed '$d' out >five
check "-j changes nothing but time" cmp -s one five
counts "10 passed, 30 failed of 40"

# ---- the simulator itself dies ----
# The worker is this run's only child: it is killed while it runs the endless test.
"$vhart" test -j1 --max-steps=1000000000000 programs/LOOP.elf programs/exit0.elf >out 2>err </dev/null &
pid=$!
child=
tries=0
while [ -z "$child" ] && [ $tries -lt 100 ]; do
    sleep 0.1
    child=$(cat /proc/$pid/task/$pid/children)
    tries=$((tries + 1))
done
sleep 0.5
# shellcheck disable=SC2086 # a number and a space
kill -ABRT $child
wait $pid
status=$?
check "a crash fails the run" [ $status -eq 1 ]
check "it is that test's" grep -q '^FAIL programs/LOOP.elf: the simulator crashed: signal 6' out
counts "1 passed, 1 failed of 2"

# ---- the console ----
check_run "a noisy failure" 1 test programs/NOISY.elf programs/exit0.elf
says "     | <line> b"
says "     | <line> h"
says_not "<line> i"
run test -j1 programs/NOISY.elf programs/exit7.elf
check "output is its test's alone" [ "$(grep -c '<line> b' out)" -eq 1 ]
printf 'for the caller\n' >input
{ "$vhart" test programs/exit0.elf >out && cat >rest; } <input
check "standard input is left alone" cmp -s input rest

# ---- signatures (lines of 4 bytes and of 16, as tests/cli/run.sh wants them of +signature) ----
mkdir sig references
cp programs/signature.elf sig/one.elf
printf '%s\n' 04030201 08070605 0c0b0a09 100f0e0d 14131211 >right4
printf '%s\r\n' 100F0E0D0C0B0A090807060504030201 00000000000000000000000014131211 >right16
sed 's/0c0b/0c0c/' right4 >wrong
sed '$d' right4 >short
{ cat right4; echo 00000000; } >long
for good in right4 right16; do
    cp $good sig/one.reference_output
    check_run "$good" 0 test sig
done
cp wrong sig/one.reference_output
check_run "a wrong signature" 1 test sig
says "FAIL sig/one.elf: wrong signature at $(printf '0x%x' $(($(symbol sig/one.elf begin_signature) + 8))): \
0c0b0a09, but line 3 of 'sig/one.reference_output' has 0c0c0a09"
sed 's/14131211/14131210/' right4 >sig/one.reference_output
check_run "a signature wrong in its last digit" 1 test sig
cp short sig/one.reference_output
check_run "a longer signature than the reference" 1 test sig
check "says so" grep -q "14131211, but line 5 of .* has the end" out
cp long sig/one.reference_output
check_run "a shorter signature than the reference" 1 test sig
check "says so" grep -q "its end, but line 6 of .* has 00000000" out
echo >sig/one.reference_output
check_run "an empty reference" 1 test sig
rm sig/one.reference_output
cp wrong sig/one.ref
check_run "NAME.ref" 1 test sig
cp right4 sig/one.ref
check_run "NAME.ref that is right" 0 test sig
cp wrong sig/one.spike
check_run "--reference-suffix" 1 test --reference-suffix=.spike sig
check_run "--reference-suffix that no file has" 1 test --reference-suffix=.qemu sig
check "says so" grep -q "no reference 'sig/one.qemu': No such file" out
check_run "--signature-reference without the file" 1 test --signature-reference references sig
cp right16 references/one.reference_output
check_run "--signature-reference" 0 test --signature-reference references sig
cp wrong references/one.reference_output
check_run "--signature-reference that is wrong" 1 test --signature-reference references sig
cp programs/exit0.elf sig/none.elf
cp right4 sig/none.ref
check_run "a reference, but no signature" 1 test sig
says "FAIL sig/none.elf: no symbols begin_signature and end_signature, but there is 'sig/none.ref'"
check_run "neither of them" 1 test --reference-suffix=.qemu sig/none.elf
says "FAIL sig/none.elf: no reference 'sig/none.qemu': No such file or directory"
cp programs/exit7.elf sig/none.elf
check_run "an exit code, and a reference" 1 test sig
says "FAIL sig/none.elf: exit code 7"

# ---- formats ----
run test --format=tap programs/exit0.elf programs/exit7.elf
check "TAP: plan" grep -qx '1\.\.2' out
check "TAP: pass" grep -qx 'ok 1 - programs/exit0.elf' out
check "TAP: failure" grep -qx 'not ok 2 - programs/exit7.elf' out
cp programs/NOISY.elf 'programs/a "&<#'
run test --format=tap "programs/a \"&<#"
check "TAP: no directive in a name" grep -qxF 'not ok 1 - programs/a "&<\#' out
run test --format=junit programs/exit0.elf "programs/a \"&<#"
check "JUnit: counts" grep -qF '<testsuite name="vhart" tests="2" failures="1" errors="0"' out
check "JUnit: pass" grep -qE '<testcase classname="vhart" name="programs/exit0.elf" time="[0-9.]*"/>' out
check "JUnit: names are escaped" grep -qF 'name="programs/a &quot;&amp;&lt;#"' out
check "JUnit: failure" grep -qF '<failure message="exit code 3">M-mode, pc 0x' out
check "JUnit: output is escaped" grep -qF '&lt;line&gt; h' out
run test --format=json programs/exit0.elf "programs/a \"&<#"
check "JSON: counts" grep -qE '^\], "passed": 1, "failed": 1, "seconds": [0-9.]*}$' out
check "JSON: pass" grep -qE '^{"path": "programs/exit0.elf", "passed": true, .*"mode": "M", .*},$' out
check "JSON: failure" grep -qE '^{"path": "programs/a \\"&<#", "passed": false, .*"reason": "exit code 3", .*}$' out
check "JSON: output is escaped" grep -qF '<line> c\u000a<line> b' out

finish
