/* What the census finds, against what the specification says of privilege: a table of instructions
 * by hand, and rules for CSRs from their numbers (priv. spec 2.1: bits 9:8 are the lowest level
 * that may use one). And which instructions each quirk lets through, and no others. */
#include "census/report.h"
#include "hart/csr.h"
#include "hart/quirk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct isa all, without_h;
static struct book books[2];
static struct report report;

static int take_both(void **state)
{
    (void)state;
    static const struct census_options options = {.isa = &all};
    char error[256] = "";
    isa_default(&all);
    without_h = all;
    isa_remove(&without_h, EXT_H);
    bool good = book_take(&books[0], &without_h, 0, 1, 1, error, sizeof error) &&
                book_take(&books[1], &all, 0, 1, 1, error, sizeof error);
    report = (struct report){
        .options = &options, .book = {&books[0], &books[1]},
             .book_n = 2
    };
    if (good && report_make(&report)) return 0;
    fprintf(stderr, "%s\n", error);
    return 1;
}

static int free_both(void **state)
{
    (void)state;
    report_free(&report);
    book_free(&books[0]);
    book_free(&books[1]);
    return 0;
}

static const struct row *find_row(const char *name)
{
    for (size_t k = 0; k < report.n; k++)
        if (strcmp(row_entry(&report.row[k])->name, name) == 0) return &report.row[k];
    return NULL;
}

/* The letters of a row: M, S, U of a hart without H, then M, HS, U, VS, VU of one with it. */
static const char *letters_of(const struct row *row)
{
    static char text[9];
    for (unsigned k = 0; k < 8; k++) text[k] = row_letter(&report, row, k >= 3, k < 3 ? k : k - 3);
    return text;
}

/* ---- the folding ---- */

/* Every word of 32 bits (the lowest two are 11) and of 16 (they are not) is in one class. */
static void test_every_encoding_counts(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        u64 words = books[k].reserved.words;
        for (size_t j = 0; j < books[k].n; j++) words += books[k].entry[j].words;
        assert_int_equal(words, (1ull << 30) + 3 * (1ull << 14));
    }
}

/* ---- instructions ---- */

/* From the specification. Sensitive: C changes a resource, B depends on one. */
static const struct reference {
    const char *name, *letters, *sensitive;
} references[] = {
    {"add",             "........", ""  },
    {"ld",              "........", ""  },
    {"sd",              "........", ""  },
    {"jalr",            "........", ""  },
    {"auipc",           "........", ""  },
    {"lr.d",            "........", ""  },
    {"amoadd.w",        "........", ""  },
    {"fence.i",         "........", ""  },
    {"c.add",           "........", ""  },
    {"ecall",           "tttttttt", ""  }, /* 3.3.1: a trap in every mode */
    {"ebreak",          "tttttttt", ""  },
    {"mret",            ".ii.iiii", "CB"}, /* 3.3.2: M-mode alone */
    {"sret",            "..i..icv", "CB"}, /* 12.1.1; VTSR: 22.2.1; VU: 22.6.1 */
    {"wfi",             "..i..icv", "C" }, /* 3.3.3: not in U where there is S; VTW */
    {"sfence.vma",      "..i..icv", "C" }, /* 12.2.1; VTVM */
    {"sinval.vma",      "..i..icv", "C" }, /* Svinval: as sfence.vma */
    {"sfence.w.inval",  "..i..i.v", ""  }, /* Svinval: only virtual in VU */
    {"hfence.vvma",     "   ..ivv", "C" }, /* 22.3.2: M and HS */
    {"hfence.gvma",     "   ..ivv", "C" },
    {"hlv.d",           "   ..cvv", ""  }, /* 22.3.1: in U if HU is set; what it reads is a guest's */
    {"hsv.d",           "   ..cvv", ""  },
    {"cbo.inval",       "..c..ccc", ""  }, /* Zicbom: CBIE of the levels above */
    {"cbo.flush",       "..c..ccc", ""  },
    {"cbo.zero",        "..c..ccc", ""  },
    {"fadd.d",          "cccccccc", "C" }, /* 3.1.6.7: off if FS is, and it marks FS dirty */
    {"fmv.x.d",         "cccccccc", ""  }, /* writes no f register */
    {"sspush",          "........", ""  }, /* Zicfiss: without SSE, a may-be-operation */
    {"ssamoswap.w",     "..c..ccc", ""  }, /* Zicfiss: without SSE, illegal or virtual; not in M */
    {"csrr mstatus",    ".ii.iiii", "B" },
    {"csrw mstatus",    ".ii.iiii", "C" },
    {"csrr mhartid",    ".ii.iiii", "B" },
    {"csrr sstatus",    "..i..igv", "B" }, /* 22.2.11: vsstatus stands in */
    {"csrw sstatus",    "..i..igv", "C" },
    {"csrr stvec",      "..i..igv", "B" },
    {"csrr sepc",       "..i..igv", "B" },
    {"csrw sie",        "..i..igv", "C" },
    {"csrr satp",       "..i..icv", "B" }, /* VTVM */
    {"csrw satp",       "..i..icv", "C" },
    {"csrw scounteren", "..i..igv", "C" }, /* 22.2: no VS copy, the hypervisor swaps it */
    {"csrw senvcfg",    "..i..icv", "C" }, /* Smstateen: hstateen0.ENVCFG */
    {"csrw stimecmp",   "..i..icv", "C" }, /* Sstc: hcounteren.TM, henvcfg.STCE */
    {"csrr cycle",      "..c..ccc", "B" }, /* 3.1.11, 12.1.5, 22.2.6 */
    {"csrr time",       "..c..ccc", "B" },
    {"csrr instret",    "..c..ccc", "B" },
    {"csrr hstatus",    "   ..ivv", "B" },
    {"csrw hgatp",      "   ..ivv", "C" },
    {"csrr vsatp",      "   ..ivv", "B" },
    {"csrr mtinst",     "   .iiii", "B" },
};

static void test_reference(void **state)
{
    (void)state;
    for (unsigned k = 0; k < sizeof references / sizeof references[0]; k++) {
        const struct reference *want = &references[k];
        const struct row *row = find_row(want->name);
        if (!row) fail_msg("no class for %s", want->name);
        if (strcmp(letters_of(row), want->letters) != 0)
            fail_msg("%s: '%s', should be '%s'", want->name, letters_of(row), want->letters);
        const struct finding *f = &row_entry(row)->found;
        char sensitive[3];
        snprintf(sensitive, sizeof sensitive, "%s%s", is_control_sensitive(f) ? "C" : "",
                 is_behaviour_sensitive(f) ? "B" : "");
        if (strcmp(sensitive, want->sensitive) != 0)
            fail_msg("%s: sensitive '%s', should be '%s'", want->name, sensitive, want->sensitive);
    }
}

static void test_swapped(void **state)
{
    (void)state;
    assert_true(row_entry(find_row("csrw scounteren"))->found.swapped);
    assert_true(row_entry(find_row("csrw senvcfg"))->found.swapped);
    assert_false(row_entry(find_row("csrw sstatus"))->found.swapped);
}

/* What decides is named: by the register that the specification names. */
static void test_knobs(void **state)
{
    (void)state;
    static const struct {
        const char *name, *knob;
        enum mode mode;
    } some[] = {
        {"csrr cycle",    "scounteren",   MODE_U },
        {"csrr cycle",    "hcounteren",   MODE_VS},
        {"wfi",           "hstatus.VTW",  MODE_VS},
        {"wfi",           "mstatus.TW",   MODE_S },
        {"sret",          "hstatus.VTSR", MODE_VS},
        {"sret",          "mstatus.TSR",  MODE_S },
        {"csrw satp",     "hstatus.VTVM", MODE_VS},
        {"csrw satp",     "mstatus.TVM",  MODE_S },
        {"cbo.inval",     "senvcfg.CB*",  MODE_U },
        {"cbo.inval",     "henvcfg.CBIE", MODE_VS},
        {"hlv.d",         "hstatus.HU",   MODE_U },
        {"fadd.d",        "mstatus.FS",   MODE_U },
        {"csrw stimecmp", "henvcfg.STCE", MODE_VS},
    };
    for (unsigned k = 0; k < sizeof some / sizeof some[0]; k++) {
        u32 traps_by = find_row(some[k].name)->entry[1]->found.cell[some[k].mode].traps_by;
        bool found = false;
        for (unsigned j = 0; j < KNOB_N; j++)
            if ((traps_by >> j & 1) && strcmp(knobs[j].name, some[k].knob) == 0) found = true;
        if (!found) fail_msg("%s in mode %d: not by %s", some[k].name, some[k].mode, some[k].knob);
    }
}

/* ---- CSRs ---- */

/* Constant on this hart, so that nothing they do can change a resource: no triggers, no state that
 * sstateen governs; misa cannot be written. */
static bool is_constant(const char *name)
{
    static const char *const names[] = {"misa", "tselect", "tdata1", "tdata2", "tinfo"};
    for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(name, names[k]) == 0) return true;
    return strncmp(name, "sstateen", 8) == 0;
}

static void check_csr(unsigned number, const char *name)
{
    static const char *const verbs[] = {"csrr", "csrw", "csrrw"};
    unsigned level = number >> 8 & 3;
    for (unsigned k = 0; k < 3; k++) {
        char full[40];
        snprintf(full, sizeof full, "%s %s", verbs[k], name);
        const struct row *row = find_row(full);
        if (!row) {
            assert_true(k > 0 && number >> 10 == 3); /* only read-only ones cannot be written */
            continue;
        }
        const char *letters = letters_of(row);
        if (level == 0) continue;
        if (letters[2] != 'i' && letters[2] != ' ') fail_msg("%s: %s", full, letters);
        if (letters[5] != 'i' || letters[7] != (level == 3 ? 'i' : 'v'))
            fail_msg("%s: %s", full, letters);
        if (level == 2 && letters[6] != 'v') fail_msg("%s: %s", full, letters);
        if (level == 3 && (letters[4] != 'i' || letters[6] != 'i'))
            fail_msg("%s: %s", full, letters);
        if (k && !is_constant(name) && !is_control_sensitive(&row_entry(row)->found))
            fail_msg("%s changes nothing", full);
    }
}

static void test_csrs(void **state)
{
    (void)state;
    u64 value;
    unsigned n = 0;
    struct laboratory l;
    assert_true(laboratory_init(&l, &all, 0));
    for (unsigned number = 0; number < 4096; number++) {
        if (!csr_peek(l.hart, number, &value)) continue;
        check_csr(number, csr_name(number));
        n++;
    }
    laboratory_free(&l);
    assert_true(n > 150);
}

/* ---- the verdict ---- */

static void test_virtualizable(void **state)
{
    (void)state;
    for (size_t k = 0; k < report.n; k++)
        if (row_escapes(&report, &report.row[k])) fail_msg("%s", row_entry(&report.row[k])->name);
    assert_true(report_is_clean(&report));
}

/* ---- quirks ---- */

enum { /* rs1 or rd is x10 */
       CSRR_SSTATUS = 0x10002573,
       CSRW_SSTATUS = 0x10051073,
       CSRC_SSTATUS_SIE = 0x10017073, /* csrrci x0, sstatus, 2 */
       CSRRW_SSTATUS = 0x10051573,
       CSRR_SATP = 0x18002573,
       CSRW_SATP = 0x18051073,
       CSRR_STVEC = 0x10502573,
       SFENCE_VMA = 0x12000073,
       SINVAL_VMA = 0x16000073
};

/* Which of these each quirk lets run in U-mode. */
static void test_quirks(void **state)
{
    (void)state;
    static const u32 words[] = {CSRR_SSTATUS,  CSRW_SSTATUS, CSRC_SSTATUS_SIE,
                                CSRRW_SSTATUS, CSRR_SATP,    CSRW_SATP,
                                CSRR_STVEC,    SFENCE_VMA,   SINVAL_VMA};
    static const struct {
        unsigned quirks;
        const char *runs; /* a digit for each word */
    } cases[] = {
        {0,                        "000000000"},
        {QUIRK_POPF,               "011000000"},
        {QUIRK_PUSHF,              "100000000"},
        {QUIRK_POPF | QUIRK_PUSHF, "111100000"},
        {QUIRK_SGDT,               "000010000"},
        {QUIRK_SFENCE,             "000000010"},
    };
    for (unsigned k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct laboratory l;
        assert_true(laboratory_init(&l, &all, cases[k].quirks));
        for (unsigned j = 0; j < sizeof words / sizeof words[0]; j++) {
            const struct state *user = &l.states->of[MODE_U][CONFIG_CLOSED][VARY_NONE];
            const struct state *kernel = &l.states->of[MODE_S][CONFIG_OPEN][VARY_NONE];
            struct observation o = observe(&l, user, words[j], OPERAND_USUAL);
            enum outcome want = cases[k].runs[j] == '1' ? OUT_RUNS : OUT_ILLEGAL;
            if (o.outcome != want)
                fail_msg("quirks %u, %08x: %d", cases[k].quirks, words[j], o.outcome);
            if (want == OUT_RUNS) assert_int_equal(o.changed, 0);
            assert_int_equal(observe(&l, kernel, words[j], OPERAND_USUAL).outcome, OUT_RUNS);
        }
        laboratory_free(&l);
    }
}

static void test_quirk_names(void **state)
{
    (void)state;
    assert_int_equal(quirks_parse("popf"), QUIRK_POPF);
    assert_int_equal(quirks_parse("sfence,sgdt,pushf"), QUIRK_SFENCE | QUIRK_SGDT | QUIRK_PUSHF);
    assert_int_equal(quirks_parse(""), 0);
    assert_int_equal(quirks_parse("popf,"), 0);
    assert_int_equal(quirks_parse("pop"), 0);
    assert_int_equal(quirks_parse("popf sgdt"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_encoding_counts),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_swapped),
        cmocka_unit_test(test_knobs),
        cmocka_unit_test(test_csrs),
        cmocka_unit_test(test_virtualizable),
        cmocka_unit_test(test_quirks),
        cmocka_unit_test(test_quirk_names),
    };
    return cmocka_run_group_tests(tests, take_both, free_both);
}
