/* The command line. Each line is given as one string, split at spaces. */
#include "platform/options.h"
#include "platform/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { WORDS_MAX = 32, TEXT_MAX = 1024 };

static struct options o;
static char words[TEXT_MAX], said[TEXT_MAX];

/* What parse says on stderr, into said. */
static bool captured(int argc, char **argv)
{
    FILE *file = tmpfile();
    int old = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    bool good = options_parse(&o, argc, argv);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = 0;
    fclose(file);
    return good;
}

static bool parse(const char *line)
{
    char *argv[WORDS_MAX] = {(char *)"vhart"};
    int argc = 1;
    options_free(&o);
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    return captured(argc, argv);
}

/* The line is refused with one line that has this text in it. */
static void refused(const char *line, const char *text)
{
    assert_false(parse(line));
    if (!strstr(said, text)) fail_msg("'%s' said: %s", line, said);
    assert_int_equal(strncmp(said, "vhart: ", 7), 0);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static u64 memory_of(const char *line)
{
    if (!parse(line)) fail_msg("'%s' said: %s", line, said);
    return o.memory;
}

static void test_defaults(void **state)
{
    (void)state;
    assert_true(parse("prog"));
    assert_string_equal(o.program, "prog");
    assert_int_equal(o.argument_count, 1);
    assert_int_equal(o.memory, 2048ull << 20);
    assert_int_equal(o.harts, 1);
    assert_int_equal(o.tier, TIER_JIT);
    assert_int_equal(o.signature_granularity, 16);
    assert_false(o.pc_given || o.host_time || o.hart.trap_misaligned || o.instructions);
}

/* A controller brings the ISA's names; IMSICs, as many guest external interrupts as guest files. */
static void test_aia(void **state)
{
    (void)state;
    assert_true(parse("e"));
    assert_int_equal(o.aia, AIA_NONE);
    assert_false(isa_has(&o.isa, EXT_SMAIA) || isa_has(&o.isa, EXT_SSAIA) || o.hart.imsic);
    assert_true(parse("--isa=rv64gch_smaia_ssaia --aia=none e"));
    assert_true(isa_has(&o.isa, EXT_SMAIA) && isa_has(&o.isa, EXT_SSAIA) && !o.hart.imsic);
    assert_int_equal(o.hart.geilen, 63);
    assert_true(parse("--isa=rv64gch --aia=aplic --geilen=5 e"));
    assert_int_equal(o.aia, AIA_APLIC);
    assert_true(isa_has(&o.isa, EXT_SSAIA) && !o.hart.imsic);
    assert_int_equal(o.hart.geilen, 5);
    assert_true(parse("--aia=aplic-imsic e"));
    assert_int_equal(o.aia, AIA_APLIC_IMSIC);
    assert_true(isa_has(&o.isa, EXT_SMAIA) && o.hart.imsic);
    assert_int_equal(o.hart.geilen, 0);
    assert_true(parse("--aia aplic-imsic,guests=63 --geilen=5 e"));
    assert_int_equal(o.hart.geilen, 63);
    assert_false(parse("--aia=plic e"));
    assert_false(parse("--aia= e"));
    assert_false(parse("--aia=aplic,guests=1 e"));
    assert_false(parse("--aia=aplic-imsic,guests=64 e"));
    assert_false(parse("--aia=aplic-imsic,guest=1 e"));
    assert_false(parse("--aia=aplic-imsic,guests= e"));
}

static void test_spike(void **state)
{
    (void)state;
    assert_true(parse("--isa=rv64gc -p4 -m256 -l --log-commits --log=f --pc=0x80000010 "
                      "--instructions=1000 --priv=msu --misaligned --pmpregions=16 "
                      "--real-time-clint +signature=s +signature-granularity=4 elf -x +y --isa"));
    assert_int_equal(o.harts, 4);
    assert_int_equal(o.memory, 256 << 20);
    assert_true(o.log_instructions && o.log_commits && o.pc_given && o.host_time);
    assert_int_equal(o.pc, 0x80000010);
    assert_int_equal(o.instructions, 1000);
    assert_string_equal(o.log, "f");
    assert_string_equal(o.signature, "s");
    assert_int_equal(o.signature_granularity, 4);
    assert_string_equal(o.program, "elf");
    assert_int_equal(o.argument_count, 4);
    assert_string_equal(o.arguments[3], "--isa");
    assert_false(isa_has(&o.isa, EXT_H));
}

static void test_qemu(void **state)
{
    (void)state;
    assert_true(parse("-M virt -nographic -smp 2 -m 1G -kernel k -initrd=i -append a=b --bios b"));
    assert_int_equal(o.harts, 2);
    assert_int_equal(o.memory, 1ull << 30);
    assert_string_equal(o.kernel, "k");
    assert_string_equal(o.initrd, "i");
    assert_string_equal(o.append, "a=b");
    assert_string_equal(o.bios, "b");
    assert_null(o.program);
    assert_true(
        parse("--bootargs=ro --kernel=k --time=host --tier step --misaligned=trap --seed 7"));
    assert_string_equal(o.append, "ro");
    assert_true(o.host_time && o.hart.trap_misaligned);
    assert_int_equal(o.tier, TIER_STEP);
    assert_int_equal(o.seed, 7);
}

/* What takes effect in the hart; tests/cli/choices.sh sees a guest find it out. */
static void test_choices(void **state)
{
    (void)state;
    assert_true(parse("e"));
    assert_int_equal(o.hart.geilen, 63);
    assert_false(o.hart.zero_tval || o.hart.zero_tinst || o.hart.always_ad);
    assert_false(o.hart.asid_cut || o.hart.vmid_cut || o.hart.satp_cut || o.hart.hgatp_cut);
    assert_true(parse("--tval=zero --tinst zero --ad hardware --asid-bits=4 --vmid-bits 14 "
                      "--satp-modes=sv39 --hgatp-modes=sv39x4,sv57x4 --geilen=0 e"));
    assert_int_equal(o.hart.geilen, 0);
    assert_true(o.hart.zero_tval && o.hart.zero_tinst && o.hart.always_ad);
    assert_int_equal(o.hart.asid_cut, 12);
    assert_int_equal(o.hart.vmid_cut, 0);
    assert_int_equal(o.hart.satp_cut, BIT(9) | BIT(10));
    assert_int_equal(o.hart.hgatp_cut, BIT(9));
    refused("--satp-modes= e", "a list of");
    refused("--satp-modes=sv57,sv39 e", "must be sv48");
    refused("--asid-bits=-1 e", "from 0 to 16");
}

static void test_memory(void **state)
{
    (void)state;
    assert_int_equal(memory_of("-m512 e"), 512ull << 20);
    assert_int_equal(memory_of("-m 512 e"), 512ull << 20);
    assert_int_equal(memory_of("-m 0x10 e"), 16ull << 20);
    assert_int_equal(memory_of("-m 64K e"), 64ull << 10);
    assert_int_equal(memory_of("-m 5K e"), 8192); /* whole pages */
    assert_int_equal(memory_of("-m 3g e"), 3ull << 30);
    assert_int_equal(memory_of("-m 2TiB e"), 2ull << 40);
    assert_int_equal(memory_of("-m 8796093022208 e"), 1ull << 63);
    assert_int_equal(memory_of("-m0x80000000:0x10000 e"), 0x10000);
    assert_int_equal(memory_of("-m0x80000000:0x1000,0x80001000:0x3000 e"), 0x4000);
    assert_int_equal(memory_of("-m0x80000000:0x4000,0x80001000:0x1000 e"), 0x4000);
}

static void test_hopeless_memory(void **state)
{
    (void)state;
    refused("-m 0 e", "without RAM");
    refused("-m 8796093022209 e", "2^43");
    refused("-m 99999999999999999999 e", "not '99999999999999999999'");
    refused("-m 17592186044416 e", "not '17592186044416'"); /* 2^64 bytes */
    refused("-m -1 e", "not '-1'");
    refused("-m lots e", "not 'lots'");
    refused("-m 1X e", "not '1X'");
    refused("-m0x1000:0x1000 e", "0x80000000");
    refused("-m0x80000000:0x1000,0x90000000:0x1000 e", "0x80000000");
    refused("-m0x80000000: e", "BASE:SIZE");
    refused("-m0x80000000:0 e", "BASE:SIZE");
    refused("-m0x80000000:0xffffffffffffffff e", "BASE:SIZE");
    refused("-m", "needs a value");
}

static void test_mistakes(void **state)
{
    (void)state;
    refused("", "nothing to run");
    refused("--bios none", "nothing to run");
    refused("--frobnicate e", "unknown option '--frobnicate'");
    refused("-z e", "unknown option '-z'");
    refused("-lx e", "unknown option '-lx'");
    refused("+frob=1 e", "unknown option '+frob=1'");
    refused("--varch=vlen:128 e", "unknown option");
    refused("--kernel", "needs a value");
    refused("--log-commits=yes e", "takes no value");
    refused("-p0 e", "1 to 512");
    refused("-p 513 e", "1 to 512");
    refused("-p 2x e", "1 to 512");
    refused("--pc=0x80000001 e", "even address");
    refused("--pc=start e", "even address");
    refused("--instructions=0 e", "from 1");
    refused("--tier=fast e", "step, block or jit");
    refused("--heat=0 e", "--heat");
    refused("--time=sun e", "insn or host");
    refused("--isa=rv64gcv_zfoo e", "--isa");
    refused("--isa=armv8 e", "armv8");
    refused("--pmpregions=8 e", "16");
    refused("-M spike e", "virt");
    refused("--bios b e", "give one of them");
    refused("+signature=s --kernel k", "ELF");
    refused("+signature-granularity=0 e", "1 to");
    refused("--lockstep --time=host e", "--lockstep");
    refused("--lockstep -l e", "--lockstep");
}

static void test_actions(void **state)
{
    (void)state;
    assert_true(parse("--help"));
    assert_int_equal(o.action, ACTION_HELP);
    assert_true(parse("--version"));
    assert_int_equal(o.action, ACTION_VERSION);
    assert_true(parse("-p2 --dump-dts"));
    assert_int_equal(o.action, ACTION_DUMP_DTS);
}

static void test_guest(void **state)
{
    (void)state;
    assert_true(parse("--kernel vmm --guest name=a,kernel=x/y.bin,initrd=r,memory=128M,cpus=2 "
                      "--guest=kernel=dir.d/hello.bin"));
    assert_int_equal(o.guest_count, 2);
    assert_string_equal(o.guests[0].name, "a");
    assert_string_equal(o.guests[0].kernel, "x/y.bin");
    assert_string_equal(o.guests[0].initrd, "r");
    assert_null(o.guests[0].append);
    assert_int_equal(o.guests[0].memory, 128 << 20);
    assert_int_equal(o.guests[0].vcpus, 2);
    assert_string_equal(o.guests[1].name, "hello");
    assert_int_equal(o.guests[1].memory, 64 << 20);
    assert_int_equal(o.guests[1].vcpus, 1);
}

static void test_guest_commas(void **state)
{
    (void)state;
    assert_true(parse("--kernel v --guest kernel=k,append=console=ttyS0,115200,x,cpus=3"));
    assert_string_equal(o.guests[0].append, "console=ttyS0,115200,x");
    assert_int_equal(o.guests[0].vcpus, 3);
    assert_true(parse("--kernel v --guest kernel=k,append=a,,memory=1,b"));
    assert_string_equal(o.guests[0].append, "a,memory=1,b");
    assert_true(parse("--kernel v --guest kernel=k,,l,name=n,append="));
    assert_string_equal(o.guests[0].kernel, "k,l");
    assert_string_equal(o.guests[0].append, "");
}

static void test_guest_names(void **state)
{
    (void)state;
    assert_true(parse("--kernel v --guest kernel=a.bin --guest kernel=b/a.elf --guest kernel=a"));
    assert_string_equal(o.guests[0].name, "a");
    assert_string_equal(o.guests[1].name, "a-2");
    assert_string_equal(o.guests[2].name, "a-3");
    refused("--kernel v --guest kernel=a,name=x --guest kernel=b,name=x", "name=x");
}

static void test_guest_mistakes(void **state)
{
    (void)state;
    refused("--kernel v --guest name=a", "kernel=FILE is missing");
    refused("--kernel v --guest kernel=", "kernel=FILE is missing");
    refused("--kernel v --guest kernel=a,kernel=b", "twice");
    refused("--kernel v --guest kernel=a,memory=0", "memory=");
    refused("--kernel v --guest kernel=a,memory=1,cpus=0", "cpus=");
    refused("--kernel v --guest kernel=a,ram=1", "'ram=1'");
    refused("--kernel v --guest kernel=a,name=", "name=");
    refused("--guest kernel=a", "nothing to run");
}

static int end(void **state)
{
    (void)state;
    options_free(&o);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),        cmocka_unit_test(test_aia),
        cmocka_unit_test(test_spike),           cmocka_unit_test(test_qemu),
        cmocka_unit_test(test_choices),         cmocka_unit_test(test_memory),
        cmocka_unit_test(test_hopeless_memory), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_actions),         cmocka_unit_test(test_guest),
        cmocka_unit_test(test_guest_commas),    cmocka_unit_test(test_guest_names),
        cmocka_unit_test(test_guest_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
