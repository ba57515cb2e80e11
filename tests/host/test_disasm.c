/* The disassembler, and with it every encoding, against GNU objdump: each full row with random
 * fields, each CSR number, each compressed word. Skipped where the cross binutils are absent.
 *
 * Text is compared token by token, numbers by value. Binutils 2.40 (Debian 12) does not know
 * the extensions in `unknown`, and differs from the specification in the places that `lenient`
 * names. */
#include "hart/csr.h"
#include "hart/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define CROSS "riscv64-unknown-elf-"
#define ARCH  "rv64gch_zba_zbb_zbc_zbs_zfh_zicbom_zicbop_zicboz_zawrs_svinval"

static struct isa all;
static u64 rng_state = 1;

static u32 rnd(void)
{
    u64 x = rng_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (u32)(x ^ x >> 31);
}

/* ---- a listing: words in a row from address 0, and what objdump says of them ---- */

enum { WORDS_MAX = 60000, TEXT_MAX = 160 };

struct listing {
    unsigned n;
    struct {
        u32 raw;
        u64 pc;
    } word[WORDS_MAX];
    char text[WORDS_MAX][TEXT_MAX];
};

static void add_word(struct listing *l, u32 raw)
{
    u64 pc = l->n ? l->word[l->n - 1].pc + insn_length((u16)l->word[l->n - 1].raw) : 0;
    assert_true(l->n < WORDS_MAX);
    l->word[l->n].raw = raw;
    l->word[l->n++].pc = pc;
}

static bool have_binutils(void)
{
    return system("command -v " CROSS "as >/dev/null && command -v " CROSS "objdump >/dev/null") ==
           0;
}

/* A directory of our own, under the one that the runner gives. */
static void make_directory(char *path, size_t size)
{
    const char *base = getenv("TMP");
    snprintf(path, size, "%s/disasm.XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

static void write_source(const struct listing *l, const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (unsigned k = 0; k < l->n; k++)
        fprintf(f, ".insn %u, 0x%x\n", insn_length((u16)l->word[k].raw), l->word[k].raw);
    assert_int_equal(fclose(f), 0);
}

/* "    1c:\t00b50533          \tadd\ta0,a0,a1 # comment", or false for another kind of line. */
static bool parse_line(char *line, u64 *pc, char **text)
{
    char *end, *p = strchr(line, ':');
    if (!p || p[1] != '\t') return false;
    *pc = strtoull(line, &end, 16);
    if (end != p || !(p = strchr(p + 2, '\t'))) return false;
    *text = p + 1;
    p[1 + strcspn(p + 1, "#<\n")] = 0;
    return true;
}

static void read_listing(struct listing *l, FILE *f)
{
    char line[512], *text;
    u64 pc;
    unsigned k = 0;
    while (fgets(line, sizeof line, f)) {
        if (!parse_line(line, &pc, &text)) continue;
        assert_true(k < l->n);
        assert_int_equal(pc, l->word[k].pc);
        snprintf(l->text[k++], TEXT_MAX, "%s", text);
    }
    assert_int_equal(k, l->n);
}

static void run_objdump(struct listing *l)
{
    char dir[200], command[1200];
    make_directory(dir, sizeof dir);
    snprintf(command, sizeof command, "%s/words.s", dir);
    write_source(l, command);
    snprintf(command, sizeof command,
             "cd '%s' && " CROSS "as -march=" ARCH " -o words.o words.s && " CROSS
             "objdump -d -M no-aliases words.o",
             dir);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    read_listing(l, f);
    assert_int_equal(pclose(f), 0);
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    assert_int_equal(system(command), 0);
}

/* ---- comparing ---- */

static const char *next_token(const char *p, char *token, size_t size)
{
    size_t n;
    p += strspn(p, " \t,()");
    n = strcspn(p, " \t,()");
    snprintf(token, size, "%.*s", (int)n, p);
    return p + n;
}

static bool number(const char *s, int base, u64 *value)
{
    char *end;
    *value = strtoull(s, &end, base);
    return *s && !*end;
}

/* objdump writes branch targets in hexadecimal without 0x. */
static bool same_token(const char *ours, const char *theirs, u32 raw)
{
    u64 a, b;
    if (!strcmp(ours, theirs)) return true;
    bool is_number = number(ours, 0, &a);
    if (is_number && number(theirs, 0, &b) && a == b) return true;
    if (is_number && !strncmp(ours, "0x", 2) && number(theirs, 16, &b) && a == b) return true;
    /* A CSR that only one of the two has a name for */
    if ((raw & 0x7f) != 0x73) return false;
    if (is_number) return a == raw >> 20 && csr_name(raw >> 20) == NULL;
    return number(theirs, 0, &b) && b == raw >> 20;
}

static bool same_text(const char *ours, const char *theirs, u32 raw)
{
    char a[64], b[64];
    do {
        ours = next_token(ours, a, sizeof a);
        theirs = next_token(theirs, b, sizeof b);
        if (!same_token(a, b, raw)) return false;
    } while (*a || *b);
    return true;
}

static bool unknown_to_objdump(const char *text)
{
    return text[0] == '.' || !strncmp(text, "c.unimp", 7);
}

static struct listing *listing;

static unsigned compare_listing(bool (*lenient)(u32 raw, const char *ours, const char *theirs))
{
    unsigned wrong = 0;
    char ours[128];
    for (unsigned k = 0; k < listing->n; k++) {
        u32 raw = listing->word[k].raw;
        const char *theirs = listing->text[k];
        disassemble(&all, raw, listing->word[k].pc, ours, sizeof ours);
        bool unknown = !strcmp(ours, "unknown");
        if (unknown && unknown_to_objdump(theirs)) continue;
        if (!unknown && same_text(ours, theirs, raw)) continue;
        if (lenient(raw, ours, theirs)) continue;
        if (wrong++ < 40) print_message("%08x: '%s', objdump: '%s'\n", raw, ours, theirs);
    }
    return wrong;
}

static void need_binutils(void)
{
    if (have_binutils()) return;
    print_message("no " CROSS "objdump here: encodings are not cross-checked\n");
    skip();
}

/* ---- full rows ---- */

/* Fields that have reserved values, which each disassembler words as it likes. */
static u32 without_reserved_fields(const struct row *row, u32 raw)
{
    unsigned rm = raw >> 12 & 7;
    if (strstr(row->encoding, "rm") && (rm == 5 || rm == 6)) raw ^= 4u << 12;
    if (row->op == OP_fence) raw &= 0x0ff0707fu;   /* fm, rs1 and rd are reserved */
    if (row->op == OP_fence_i) raw &= 0x0000707fu; /* imm, rs1 and rd are */
    return raw;
}

/* Conversions that are always exact: rm is there and means nothing, and binutils 2.40 knows rm = 0
 * alone and does not print it. */
static bool rounding_is_idle(unsigned op)
{
    return op == OP_fcvt_d_w || op == OP_fcvt_d_wu || op == OP_fcvt_d_s || op == OP_fcvt_s_h ||
           op == OP_fcvt_d_h;
}

/* Extensions that binutils 2.40 has never heard of. */
static bool is_unknown(unsigned ext)
{
    static const enum isa_extension unknown[] = {
        EXT_ZICOND, EXT_ZIMOP,   EXT_ZCMOP, EXT_ZCB,   EXT_ZFA,
        EXT_ZFA_D,  EXT_ZFA_ZFH, EXT_ZABHA, EXT_ZACAS, EXT_ZABHA_ZACAS,
    };
    for (unsigned k = 0; k < sizeof unknown / sizeof unknown[0]; k++)
        if (unknown[k] == ext) return true;
    return false;
}

static bool lenient_full(u32 raw, const char *ours, const char *theirs)
{
    struct insn i;
    decode(&all, raw, &i);
    if (i.op == OP_ILLEGAL) /* instructions of drafts, gone before ratification */
        return !strcmp(theirs, "uret") || !strcmp(theirs, "hret") || !strcmp(theirs, "sfence.vm");
    if (is_unknown(full_rows[i.op].ext)) return unknown_to_objdump(theirs);
    if (full_rows[i.op].ext == EXT_ZIHINTNTL) return !strncmp(theirs, "add\tzero,zero,", 14);
    if (i.op == OP_lpad) return !strncmp(theirs, "auipc", 5);
    if (!rounding_is_idle(i.op)) return false;
    char text[128];
    snprintf(text, sizeof text, "%s, %s", theirs, "rne");
    return i.rm == 0 ? same_text(ours, text, raw) : unknown_to_objdump(theirs);
}

static void test_every_full_row(void **state)
{
    (void)state;
    need_binutils();
    listing->n = 0;
    for (unsigned r = 0; r < ROW_FULL_N; r++) {
        struct pattern p = full_pattern(r);
        for (unsigned k = 0; k < 40; k++)
            add_word(listing, without_reserved_fields(&full_rows[r], p.match | (rnd() & ~p.mask)));
    }
    run_objdump(listing);
    assert_int_equal(compare_listing(lenient_full), 0);
}

/* Names and numbers of CSRs. */
static void test_every_csr(void **state)
{
    (void)state;
    need_binutils();
    listing->n = 0;
    for (u32 number = 0; number < 4096; number++) add_word(listing, number << 20 | 0x00002573);
    run_objdump(listing);
    assert_int_equal(compare_listing(lenient_full), 0);
}

/* Words that no row has, near to ones that a row has. */
static void test_illegal_words(void **state)
{
    (void)state;
    need_binutils();
    listing->n = 0;
    while (listing->n < 15000) {
        struct pattern p = full_pattern(rnd() % ROW_FULL_N);
        u32 raw = (rnd() & ~p.mask) | (p.match ^ ((1u << rnd() % 30 << 2) & p.mask));
        struct insn i;
        decode(&all, raw, &i);
        if (i.op == OP_ILLEGAL && insn_length((u16)raw) == 4 && (raw & 0x1f) != 0x1f)
            add_word(listing, raw);
    }
    run_objdump(listing);
    assert_int_equal(compare_listing(lenient_full), 0);
}

/* ---- compressed words ---- */

/* C.ADDI16SP with an immediate of 0 is reserved (27.5.1), which binutils 2.40 overlooks, and it
 * prints shifts by 0, HINTs on RV64, as the RV128 shifts by 64 that share their encodings. */
static bool lenient_compressed(u32 raw, const char *ours, const char *theirs)
{
    if (raw == 0x6101) return !strcmp(ours, "unknown");
    int row = compressed_row_of(&all, (u16)raw);
    if (row >= 0 && is_unknown(compressed_rows[row].ext)) return unknown_to_objdump(theirs);
    if (!strncmp(ours, "c.ntl.", 6)) return !strncmp(theirs, "c.add\tzero,", 11);
    return strstr(ours, ", 0") &&
           (!strncmp(theirs, "c.slli64", 8) || !strncmp(theirs, "c.srli64", 8) ||
            !strncmp(theirs, "c.srai64", 8));
}

static void test_every_compressed_word(void **state)
{
    (void)state;
    need_binutils();
    listing->n = 0;
    for (u32 c = 0; c < 0x10000; c++)
        if ((c & 3) != 3) add_word(listing, c);
    run_objdump(listing);
    assert_int_equal(compare_listing(lenient_compressed), 0);
}

int main(void)
{
    isa_default(&all);
    decode_init();
    csr_init();
    listing = calloc(1, sizeof *listing);
    if (!listing) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_full_row),
        cmocka_unit_test(test_every_csr),
        cmocka_unit_test(test_illegal_words),
        cmocka_unit_test(test_every_compressed_word),
    };
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    free(listing);
    return status;
}
