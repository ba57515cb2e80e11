/* ISA strings and profiles: what is accepted, what follows from what, the canonical order. Expected
 * values are from the unprivileged specification's naming chapter and from RISC-V Profiles. */
#include "hart/isa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct isa isa;
static char error[ISA_STRING_MAX + 256];

static const char *parsed(const char *text)
{
    if (!isa_parse(&isa, text, error, sizeof error)) fail_msg("%s: %s", text, error);
    return isa_string(&isa);
}

static void refused(const char *text, const char *naming)
{
    if (isa_parse(&isa, text, error, sizeof error)) fail_msg("%s is accepted", text);
    if (!strstr(error, naming)) fail_msg("%s: '%s' does not name %s", text, error, naming);
    assert_null(strchr(error, '\n'));
}

/* Zicntr and Zihpm are always there, Zicsr with them. */
#define ALWAYS "_zicntr_zicsr_zihpm"

static void test_letters(void **state)
{
    (void)state;
    assert_string_equal(parsed("rv64i"), "rv64i" ALWAYS);
    assert_string_equal(parsed("rv64im"), "rv64im" ALWAYS "_zmmul");
    assert_string_equal(parsed("rv64ia"), "rv64ia" ALWAYS "_zaamo_zalrsc");
    assert_string_equal(parsed("rv64if"), "rv64if" ALWAYS);
    assert_string_equal(parsed("rv64id"), "rv64ifd" ALWAYS);
    assert_string_equal(parsed("rv64ic"), "rv64ic" ALWAYS "_zca");
    assert_string_equal(parsed("rv64icd"), "rv64ifdc" ALWAYS "_zca_zcd");
    assert_string_equal(parsed("rv64id_zca"), "rv64ifd" ALWAYS "_zca"); /* without Zcd no C */
    assert_string_equal(parsed("rv64ib"), "rv64ib" ALWAYS "_zba_zbb_zbs");
    assert_string_equal(parsed("rv64ih"), "rv64ih" ALWAYS);
    assert_string_equal(parsed("rv64g"),
                        "rv64imafd_zicntr_zicsr_zifencei_zihpm_zmmul_zaamo_zalrsc");
    assert_null(isa_lacks(&isa));
}

/* Case, order, versions and underscores do not matter. */
static void test_spellings(void **state)
{
    (void)state;
    char plain[ISA_STRING_MAX];
    snprintf(plain, sizeof plain, "%s", parsed("rv64imafdch_zba_zicond_sstc"));
    static const char *const same[] = {
        "RV64IMAFDCH_Zba_Zicond_Sstc",
        "rv64ihcdfam_sstc_zicond_zba",
        "rv64i2p1m2a2p1f2p2d2p2c2h1_zba1_zicond1p0_sstc1p0",
        "rv64i2_m2_a2_f2_d2_c_h_zba_zicond_sstc",
        "rv64imafdchzba_zicond_sstc",
        "rv64i_sstc_zba_h_c_d_m_a_zicond",
        "rv64imafdcsuh_zba_zicond_sstc",
    };
    for (unsigned k = 0; k < sizeof same / sizeof same[0] - 1; k++)
        assert_string_equal(parsed(same[k]), plain);
    assert_string_equal(parsed("rv64i_zicsr_s_u_ss1p13_sm1p13"), "rv64i" ALWAYS);
}

/* Names that hold digits, with and without a version. */
static void test_digits_in_names(void **state)
{
    (void)state;
    assert_string_equal(parsed("rv64i_sv39"), "rv64i" ALWAYS "_sv39");
    assert_string_equal(parsed("rv64i_sv391p0"), "rv64i" ALWAYS "_sv39");
    assert_string_equal(parsed("rv64i_sv481"), "rv64i" ALWAYS "_sv39_sv48");
    assert_string_equal(parsed("rv64i_zic64b1p0"), "rv64i_zic64b" ALWAYS);
    assert_string_equal(parsed("rv64i_za64rs"), "rv64i" ALWAYS "_za128rs_za64rs");
    refused("rv64i_sv32", "sv32");
    refused("rv64i_sv3", "sv3");
}

static void test_what_follows(void **state)
{
    (void)state;
    assert_string_equal(parsed("rv64i_zcb"), "rv64ic" ALWAYS "_zca_zcb");
    assert_string_equal(parsed("rv64i_zcmop"), "rv64ic" ALWAYS "_zca_zcmop");
    assert_string_equal(parsed("rv64i_zcd"), "rv64ifdc" ALWAYS "_zca_zcd");
    assert_string_equal(parsed("rv64id_zca"), "rv64ifd" ALWAYS "_zca");
    assert_string_equal(parsed("rv64i_zaamo_zalrsc"), "rv64ia" ALWAYS "_zaamo_zalrsc");
    assert_string_equal(parsed("rv64i_zabha"), "rv64i" ALWAYS "_zaamo_zabha");
    assert_string_equal(parsed("rv64i_zacas"), "rv64i" ALWAYS "_zaamo_zacas");
    assert_string_equal(parsed("rv64i_zfh"), "rv64if" ALWAYS "_zfh_zfhmin");
    assert_string_equal(parsed("rv64i_zfa"), "rv64if" ALWAYS "_zfa");
    assert_string_equal(parsed("rv64i_zbs_zbb_zba"), "rv64ib" ALWAYS "_zba_zbb_zbs");
    assert_string_equal(parsed("rv64i_zba_zbb"), "rv64i" ALWAYS "_zba_zbb");
    parsed("rv64i_sha");
    assert_true(isa_has(&isa, EXT_H) && isa_has(&isa, EXT_SSSTATEEN));
    assert_true(isa_has(&isa, EXT_SHGATPA) && isa_has(&isa, EXT_SHTVALA));
}

/* Pairs are there exactly when both are. */
static void test_pairs(void **state)
{
    (void)state;
    parsed("rv64i_zfa_zabha");
    assert_false(isa_has(&isa, EXT_ZFA_D) || isa_has(&isa, EXT_ZFA_ZFH));
    assert_false(isa_has(&isa, EXT_ZABHA_ZACAS));
    parsed("rv64id_zfa_zfh_zabha_zacas");
    assert_true(isa_has(&isa, EXT_ZFA_D) && isa_has(&isa, EXT_ZFA_ZFH));
    assert_true(isa_has(&isa, EXT_ZABHA_ZACAS));
    isa_remove(&isa, EXT_D);
    assert_false(isa_has(&isa, EXT_ZFA_D));
    assert_true(isa_has(&isa, EXT_ZFA_ZFH));
}

/* An extension takes with it what depends on it. */
static void test_remove(void **state)
{
    (void)state;
    parsed("rv64gcb_zfh_zcb_zcmop");
    isa_remove(&isa, EXT_D);
    assert_string_equal(isa_string(&isa),
                        "rv64imafcb_zicntr_zicsr_zifencei_zihpm_zmmul_zaamo_zalrsc_zfh_zfhmin_"
                        "zca_zcb_zcmop_zba_zbb_zbs");
    isa_remove(&isa, EXT_ZBB);
    isa_remove(&isa, EXT_ZCA);
    isa_remove(&isa, EXT_ZMMUL);
    isa_remove(&isa, EXT_F);
    assert_string_equal(isa_string(&isa),
                        "rv64ia_zicntr_zicsr_zifencei_zihpm_zaamo_zalrsc_zba_zbs");
}

static void test_refused(void **state)
{
    (void)state;
    refused("", "''");
    refused("rv32i", "rv32i");
    refused("rv64", "rv64");
    refused("rv64e", "rv64e");
    refused("riscv64", "riscv64");
    refused("rv64gv", "'v'");
    refused("rv64gc_zvbb", "'zvbb'");
    refused("rv64gc_zba1p", "'zba1p'");
    refused("rv64gc_xfoo", "'xfoo'");
    refused("rv64gc zba", "' '");
    refused("rv64i2.1", "'.1'");
    refused("rva23s64v", "rva23s64v");
    refused("rva23s64_v", "'v'");
    refused("rva24s64", "rva24s64");
    char longer[2 * ISA_STRING_MAX];
    memset(longer, 'i', sizeof longer);
    memcpy(longer, "rv64", 4);
    longer[sizeof longer - 1] = 0;
    refused(longer, "longer than");
}

/* ---- the canonical order ---- */

/* Classes of names in their order; Z by the letter that names its category. */
static unsigned rank(const char *name)
{
    static const char *const letters = "imafdqcbvph", *const categories = "imafdqlcbkjtvph";
    static const char *const prefixes[] = {"su", "ss", "sv", "sh", "sm"};
    if (!name[1]) return (unsigned)(strchr(letters, name[0]) - letters);
    if (name[0] == 'z') return 100 + (unsigned)(strchr(categories, name[1]) - categories);
    for (unsigned k = 0; k < 5; k++)
        if (!strncmp(name, prefixes[k], 2)) return 200 + k;
    fail_msg("%s belongs nowhere", name);
    return 0;
}

static void test_canonical_order(void **state)
{
    (void)state;
    static const char *const names[] = {
#define X(id, name) name,
        ISA_EXTENSIONS(X)
#undef X
    };
    for (unsigned k = 1; k < sizeof names / sizeof names[0]; k++) {
        unsigned a = rank(names[k - 1]), b = rank(names[k]);
        if (a > b || (a == b && strcmp(names[k - 1], names[k]) >= 0))
            fail_msg("%s stands before %s", names[k - 1], names[k]);
    }
}

/* The string of everything can be read again, and says the same. */
static void test_default(void **state)
{
    (void)state;
    struct isa all;
    isa_default(&all);
    assert_string_equal(parsed(isa_string(&all)), isa_string(&all));
    assert_true(isa.set == all.set);
    assert_true(strlen(isa_string(&all)) < ISA_STRING_MAX - 100);
    assert_null(isa_lacks(&all));
}

/* U-Boot 2023.01 (drivers/cpu/riscv_cpu.c) stops when it is longer. */
static void test_length(void **state)
{
    (void)state;
    struct isa all;
    char text[ISA_STRING_MAX];
    isa_default(&all);
    snprintf(text, sizeof text, "%s_smrnmi_smdbltrp", isa_string(&all));
    assert_true(isa_parse(&all, text, error, sizeof error));
    assert_true(strlen(isa_string(&all)) < 512);
}

static void test_misa(void **state)
{
    (void)state;
    parsed("rv64i");
    assert_int_equal(isa_misa(&isa), 2ull << 62 | BIT(8) | BIT(18) | BIT(20));
    parsed("rv64gcbh");
    assert_int_equal(isa_misa(&isa), 2ull << 62 | BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(5) |
                                         BIT(7) | BIT(8) | BIT(12) | BIT(18) | BIT(20));
}

/* ---- profiles ---- */

/* What each adds to the ones before it: rva20u64 to rva22u64 to rva23u64, and each to its s64. */
static const struct {
    const char *name;
    bool supervisor;
    const char *adds;
} profiles[] = {
    {"rva20u64", false, "rv64imafdc_zicsr_zicntr_ziccif_ziccrse_ziccamoa_za128rs_zicclsm"       },
    {"rva20s64", true,  "rv64i_zifencei_svbare_sv39_svade_ssccptr_sstvecd_sstvala"              },
    {"rva22u64", false, "rv64ib_za64rs_zihpm_zihintpause_zic64b_zicbom_zicbop_zicboz_zfhmin_zkt"},
    {"rva22s64", true,  "rv64i_sscounterenw_svpbmt_svinval"                                     },
    {"rva23u64", false, "rv64i_zihintntl_zicond_zimop_zcmop_zcb_zfa_zawrs"                      },
    {"rva23s64", true,  "rv64i_svnapot_sstc_ssu64xl_sha"                                        },
};

static void test_profiles(void **state)
{
    (void)state;
    for (unsigned k = 0; k < sizeof profiles / sizeof profiles[0]; k++) {
        isa_set expected = 0;
        for (unsigned n = 0; n <= k; n++) {
            if (profiles[n].supervisor && !profiles[k].supervisor) continue;
            parsed(profiles[n].adds);
            expected |= isa.set;
        }
        parsed(profiles[k].name);
        if ((isa.set & expected) != expected) fail_msg("%s lacks something", profiles[k].name);
        bool has_h = isa_has(&isa, EXT_H), has_b = isa_has(&isa, EXT_B);
        assert_int_equal(has_h, k == 5);
        assert_int_equal(has_b, k >= 2);
    }
}

/* The gaps are told, V among them, and closed ones are not; older profiles have none. */
static void test_gaps(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        parsed(profiles[k].name);
        assert_null(isa_lacks(&isa));
    }
    for (unsigned k = 4; k < 6; k++) {
        parsed(profiles[k].name);
        assert_non_null(isa_lacks(&isa));
        assert_int_equal(strncmp(isa_lacks(&isa), "v, zvfhmin, zvbb, zvkt", 22), 0);
        assert_null(strstr(isa_lacks(&isa), "zicond"));
    }
}

static void test_more_than_a_profile(void **state)
{
    (void)state;
    parsed("RVA20U64_Zacas_h1p0");
    assert_true(isa_has(&isa, EXT_ZACAS) && isa_has(&isa, EXT_H) && isa_has(&isa, EXT_D));
    assert_false(isa_has(&isa, EXT_ZBA));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_digits_in_names),
        cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_canonical_order),
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_misa),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_more_than_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
