/* Which words a census tries. Those of 32 bits come from the folded rows: a few of each cube that
 * differ where it could matter, and some at random, which must not behave otherwise. CSR accesses
 * are tried number by number, compressed words one by one. */
#include "census/book.h"
#include "census/fold.h"
#include "hart/csr.h"

#include <stdio.h>
#include <string.h>

struct taker {
    struct book *book;
    struct laboratory lab;
    const struct isa *isa;
    unsigned samples;
    u64 seed;
    char *error;
    size_t error_size;
};

/* ---- names ---- */

/* A row's name as the assembler has it. */
static void name_row(const char *row, char *name, size_t size)
{
    snprintf(name, size, "%s", row);
    size_t n = strlen(name);
    if (n && name[n - 1] == '_') name[n - 1] = 0;
    for (char *p = name; *p; p++)
        if (*p == '_') *p = '.';
}

static bool is_csr_row(unsigned row)
{
    return row < ROW_FULL_N && strncmp(full_rows[row].encoding, "csr ", 4) == 0;
}

/* ---- one word ---- */

static struct entry *enter(struct taker *t, enum group group, const char *name, u32 raw,
                           u64 operand, bool with_knobs)
{
    struct finding f = try_instruction(&t->lab, raw, operand, with_knobs);
    struct entry *e = book_add(t->book, group, name, &f);
    if (e && !e->example[0]) disassemble(t->isa, raw, PROGRAM_PC, e->example, sizeof e->example);
    return e;
}

static bool confirm(struct taker *t, const char *name, u32 raw)
{
    struct finding f = try_instruction(&t->lab, raw, OPERAND_USUAL, false);
    if (book_expects(t->book, name, &f)) return true;
    snprintf(t->error, t->error_size, "0x%08x does not behave like the rest of %s", raw, name);
    return false;
}

/* ---- 32 bits ---- */

/* Fields in the places that most formats have them. */
#define RD(n)     ((u32)(n) << 7)
#define FUNCT3(n) ((u32)(n) << 12)
#define RS1(n)    ((u32)(n) << 15)
#define RS2(n)    ((u32)(n) << 20)
#define FUNCT7(n) ((u32)(n) << 25)

/* The n-th choice of registers (x0 or not), of rounding mode and upper bits. */
enum { CHOICE_N = 2 * 2 * 2 * 8 * 2 };
static u32 choice(unsigned n)
{
    return RD(n & 1 ? 10 : 0) | RS1(n & 2 ? 11 : 0) | RS2(n & 4 ? 12 : 0) | FUNCT3(n >> 3 & 7) |
           FUNCT7(n & 64 ? 0x7f : 0);
}

static bool is_new(const u32 *words, unsigned n, u32 word)
{
    for (unsigned k = 0; k < n; k++)
        if (words[k] == word) return false;
    return true;
}

static void name_of_cube(const struct cube *c, char *name, size_t size)
{
    name_row(c->row == ROW_RESERVED ? "reserved" : full_rows[c->row].name, name, size);
}

static void enter_cube(struct taker *t, const struct cube *c)
{
    u32 words[CHOICE_N];
    unsigned n = 0;
    char name[32];
    name_of_cube(c, name, sizeof name);
    for (unsigned k = 0; k < CHOICE_N; k++) {
        u32 word = cube_word(c, choice(k));
        if (!is_new(words, n, word)) continue;
        bool with_knobs = k == 0 || k == CHOICE_N / 2 - 1; /* all fields 0; and registers */
        words[n++] = word;
        struct entry *e = enter(t, GROUP_FULL, name, word, OPERAND_USUAL, with_knobs);
        if (e && n == 1) e->words += cube_size(c);
    }
}

/* Of what no row has, one word a cube: the decoder has only one way to refuse. */
static void enter_reserved(struct taker *t, const struct cube *c)
{
    u32 word = cube_word(c, (u32)random_next(&t->seed));
    struct entry *e = enter(t, GROUP_FULL, "reserved", word, OPERAND_USUAL, false);
    if (e) e->words += cube_size(c);
}

static void enter_full(struct taker *t, const struct fold *f)
{
    for (size_t k = 0; k < f->n; k++) {
        const struct cube *c = &f->cube[k];
        if (c->row == ROW_RESERVED)
            enter_reserved(t, c);
        else if (!is_csr_row(c->row))
            enter_cube(t, c);
    }
}

static bool confirm_full(struct taker *t, const struct fold *f)
{
    char name[32];
    for (size_t k = 0; k < f->n; k++) {
        const struct cube *c = &f->cube[k];
        if (is_csr_row(c->row)) continue;
        name_of_cube(c, name, sizeof name);
        for (unsigned j = 0; j < t->samples; j++)
            if (!confirm(t, name, cube_word(c, (u32)random_next(&t->seed)))) return false;
    }
    return true;
}

/* ---- CSRs ---- */

enum csr_use { USE_READ, USE_WRITE, USE_BOTH };

/* What csrr.. does with its CSR (unpriv. spec 6.1): csrrw reads unless rd is x0, the others write
 * unless rs1 is x0 or the immediate 0. */
static enum csr_use use_of(unsigned funct3, bool rd, bool rs1)
{
    bool swap = (funct3 & 3) == 1, write = swap || rs1;
    return !write ? USE_READ : rd ? USE_BOTH : USE_WRITE;
}

static void name_csr(unsigned csr, enum csr_use use, char *name, size_t size)
{
    static const char *const verbs[] = {"csrr", "csrw", "csrrw"};
    if (csr_name(csr))
        snprintf(name, size, "%s %s", verbs[use], csr_name(csr));
    else
        snprintf(name, size, "absent CSRs");
}

/* Encodings of one operation with these fields zero or not: 31 registers, or immediates, are not.
 */
static u64 csr_words(bool rd, bool rs1)
{
    return (rd ? 31u : 1u) * (rs1 ? 31u : 1u);
}

/* One operation with these fields zero or not, with a few operands. */
static void enter_csr_use(struct taker *t, unsigned csr, unsigned funct3, bool rd, bool rs1)
{
    static const u64 operands[] = {
        ~0ull, 0, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, STATUS_SIE, OPERAND_USUAL};
    static const u8 immediates[] = {31, 1, 2, 4, 8, 16};
    enum { OPERAND_N = sizeof operands / sizeof operands[0] };
    enum csr_use use = use_of(funct3, rd, rs1);
    char name[32];
    name_csr(csr, use, name, sizeof name);
    for (unsigned k = 0; k < (rs1 ? OPERAND_N : 1); k++) {
        unsigned field = !rs1 ? 0 : funct3 & 4 ? immediates[k] : 11;
        u32 raw = (u32)csr << 20 | RS1(field) | FUNCT3(funct3) | RD(rd ? 10 : 0) | 0x73;
        bool with_knobs = k == 0 && csr_name(csr) && (funct3 == 1 || funct3 == 2);
        struct entry *e = enter(t, GROUP_CSR, name, raw, operands[k], with_knobs);
        if (e && k == 0) e->words += csr_words(rd, rs1);
        if (!csr_name(csr)) break;
    }
}

static void enter_csrs(struct taker *t)
{
    for (unsigned csr = 0; csr < 4096; csr++)
        for (unsigned funct3 = 1; funct3 < 8; funct3++)
            for (unsigned k = 0; funct3 != 4 && k < 4; k++)
                enter_csr_use(t, csr, funct3, k & 1, k & 2);
}

/* ---- compressed ---- */

static void enter_compressed(struct taker *t)
{
    enum { ROW_MOST = 256 };
    bool seen[ROW_MOST] = {false};
    char name[32];
    for (u32 raw = 0; raw < 0x10000; raw++) {
        if ((raw & 3) == 3) continue;
        int row = compressed_row_of(t->isa, (u16)raw);
        bool with_knobs = row >= 0 && !seen[row % ROW_MOST];
        if (row >= 0) seen[row % ROW_MOST] = true;
        name_row(row < 0 ? "reserved" : compressed_rows[row].name, name, sizeof name);
        struct entry *e = enter(t, GROUP_COMPRESSED, name, raw, OPERAND_USUAL, with_knobs);
        if (e) e->words++;
    }
}

/* ---- all ---- */

static bool take(struct taker *t, const struct fold *f)
{
    u32 bad;
    if (!fold_check(f, t->isa, t->samples, &bad)) {
        snprintf(t->error, t->error_size, "0x%08x was folded into the wrong row", bad);
        return false;
    }
    enter_full(t, f);
    enter_csrs(t);
    enter_compressed(t);
    return !t->book->failed && confirm_full(t, f);
}

bool book_take(struct book *b, const struct isa *isa, unsigned quirks, unsigned samples, u64 seed,
               char *error, size_t error_size)
{
    struct taker t = {.book = b,
                      .isa = isa,
                      .samples = samples,
                      .seed = seed,
                      .error = error,
                      .error_size = error_size};
    struct fold f = {0};
    *b = (struct book){.hypervisor = isa_has(isa, EXT_H)};
    snprintf(b->title, sizeof b->title, "RISC-V, a hart with%s H", b->hypervisor ? "" : "out");
    b->mode_n = b->hypervisor ? MODE_N : MODE_VS;
    for (unsigned mode = 0; mode < b->mode_n; mode++)
        b->mode_name[mode] = mode_name((enum mode)mode, b->hypervisor);
    b->resource_name = resource_names;
    snprintf(error, error_size, "out of memory");
    bool good = laboratory_init(&t.lab, isa, quirks);
    if (good) fold_words(&f, isa);
    good = good && !f.failed && take(&t, &f);
    b->tries = t.lab.tries;
    fold_free(&f);
    laboratory_free(&t.lab);
    return good;
}
