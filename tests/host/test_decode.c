/* The decoder: every full row there and back over random fields, every compressed word against an
 * expansion written from the C chapter's tables, rows that overlap, and subsets of the ISA. */
#include "hart/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct isa all;
static u64 rng_state;

static u32 rnd(void)
{
    u64 x = rng_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (u32)(x ^ x >> 31);
}

/* ---- full rows: an encoding filled with random bits, and the fields that it then holds ---- */

struct filled {
    u32 raw, imm;
    unsigned top; /* the immediate's highest bit */
    unsigned rd, rs1, rs2, rs3, rm, aqrl;
};

static u32 low_bits(u32 v, unsigned n)
{
    return n == 32 ? v : v & ((1u << n) - 1);
}

/* Set some bits of a field other than an immediate, by its name in the row. */
static void set_field(struct filled *f, const char *name, size_t n, u32 v)
{
    static const struct {
        const char *name;
        size_t field;
    } fields[] = {
        {"rd",   offsetof(struct filled, rd)  },
        {"rs1",  offsetof(struct filled, rs1) },
        {"rs2",  offsetof(struct filled, rs2) },
        {"rs3",  offsetof(struct filled, rs3) },
        {"rm",   offsetof(struct filled, rm)  },
        {"aqrl", offsetof(struct filled, aqrl)},
        {"csr",  offsetof(struct filled, imm) },
        {"zimm", offsetof(struct filled, rs1) },
    };
    for (unsigned k = 0; k < sizeof fields / sizeof fields[0]; k++)
        if (strlen(fields[k].name) == n && !strncmp(fields[k].name, name, n)) {
            *(u32 *)((char *)f + fields[k].field) |= v;
            return;
        }
    fail_msg("unknown field %s", name);
}

static unsigned field_width(const char *name)
{
    if (!strncmp(name, "csr", 3)) return 12;
    if (!strncmp(name, "rm", 2)) return 3;
    if (!strncmp(name, "aqrl", 4)) return 2;
    return 5;
}

/* The pieces in "imm[12|10:5]", p just after the bracket, filled from bit *at downwards. */
static const char *fill_pieces(struct filled *f, const char *p, unsigned *at, bool is_signed)
{
    while (*p != ']') {
        char *end;
        unsigned hi = (unsigned)strtoul(p, &end, 10), lo = hi;
        if (*end == ':') lo = (unsigned)strtoul(end + 1, &end, 10);
        u32 v = low_bits(rnd(), hi - lo + 1);
        *at -= hi - lo + 1;
        f->raw |= v << *at;
        f->imm |= v << lo;
        if (is_signed && hi > f->top) f->top = hi;
        p = *end == '|' ? end + 1 : end;
    }
    return p + 1;
}

/* "rd[4:1]", before a literal 0 */
static const char *fill_even_register(struct filled *f, const char *p, size_t n, unsigned *at)
{
    u32 v = low_bits(rnd(), 4);
    assert_int_equal(strncmp(p + n, "[4:1] 0", 7), 0);
    *at -= 4;
    f->raw |= v << *at;
    set_field(f, p, n, v << 1);
    return p + n + 5;
}

static struct filled fill(const char *encoding)
{
    struct filled f = {0};
    unsigned at = 32;
    for (const char *p = encoding; *p;) {
        size_t n = strcspn(p, " [");
        if (*p == ' ') {
            p++;
        } else if (*p == '0' || *p == '1') {
            f.raw |= (u32)(*p++ - '0') << --at;
        } else if (p[n] == '[' && strchr("iu", *p)) {
            p = fill_pieces(&f, p + n + 1, &at, *p == 'i');
        } else if (p[n] == '[') {
            p = fill_even_register(&f, p, n, &at);
        } else {
            u32 v = low_bits(rnd(), field_width(p));
            at -= field_width(p);
            f.raw |= v << at;
            set_field(&f, p, n, v);
            p += n;
        }
    }
    assert_int_equal(at, 0);
    if (f.top && f.imm >> f.top & 1) f.imm |= ~low_bits(~0u, f.top);
    return f;
}

static bool inside(struct pattern a, struct pattern b)
{
    return (a.mask & b.mask) == b.mask && a.mask != b.mask && (a.match & b.mask) == b.match;
}

static void check_row(unsigned r)
{
    struct filled f = fill(full_rows[r].encoding);
    struct insn i;
    decode(&all, f.raw, &i);
    if (i.op != r && i.op < ROW_FULL_N && inside(full_pattern(i.op), full_pattern(r))) return;
    if (i.op != r) fail_msg("%08x is %s, not op %u", f.raw, full_rows[r].name, i.op);
    assert_int_equal(i.rd, f.rd);
    assert_int_equal(i.rs1, f.rs1);
    assert_int_equal(i.rs2, f.rs2);
    assert_int_equal(i.rs3, f.rs3);
    assert_int_equal(i.rm, f.rm);
    assert_int_equal(i.aqrl, f.aqrl);
    assert_int_equal((u32)i.imm, f.imm);
    assert_int_equal(i.len, 4);
    assert_int_equal(i.raw, f.raw);
    assert_int_equal(i.offset, 0);
    assert_int_equal(encode(&i), f.raw);
}

static void test_every_full_row(void **state)
{
    (void)state;
    for (unsigned r = 0; r < ROW_FULL_N; r++)
        for (unsigned k = 0; k < 500; k++) check_row(r);
}

/* Rows whose encodings lie inside another's, as the specification wants it: prefetches are HINTs
 * among the ORI with rd = x0 (cmo: "Zicbop"), those of Zihintntl among the ADD with rd = x0. */
static const struct {
    const char *in, *around;
} nested[] = {
    {"prefetch_i", "ori"  },
    {"prefetch_r", "ori"  },
    {"prefetch_w", "ori"  },
    {"ntl_p1",     "add"  },
    {"ntl_pall",   "add"  },
    {"ntl_s1",     "add"  },
    {"ntl_all",    "add"  },
    {"lpad",       "auipc"},
};

static bool may_overlap(const char *in, const char *around)
{
    for (unsigned k = 0; k < sizeof nested / sizeof nested[0]; k++)
        if (!strcmp(in, nested[k].in) && !strcmp(around, nested[k].around)) return true;
    return false;
}

static void test_no_two_rows_overlap(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ROW_FULL_N; a++) {
        for (unsigned b = 0; b < ROW_FULL_N; b++) {
            struct pattern p = full_pattern(a), q = full_pattern(b);
            if (a == b || (p.match ^ q.match) & p.mask & q.mask) continue;
            const char *x = full_rows[a].name, *y = full_rows[b].name;
            bool listed = inside(p, q) ? may_overlap(x, y) : inside(q, p) && may_overlap(y, x);
            if (!listed) fail_msg("%s and %s overlap", x, y);
        }
    }
}

/* The row with the most fixed bits that match, found the slow way. */
static unsigned slow_search(u32 raw)
{
    unsigned best = OP_ILLEGAL;
    int bits = -1;
    for (unsigned r = 0; r < ROW_FULL_N; r++) {
        struct pattern p = full_pattern(r);
        if ((raw & p.mask) != p.match || __builtin_popcount(p.mask) <= bits) continue;
        best = r;
        bits = __builtin_popcount(p.mask);
    }
    return best;
}

static void test_random_words(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 300000; k++) {
        /* half of them near some row */
        struct pattern p = full_pattern(rnd() % ROW_FULL_N);
        u32 raw = rnd() | 3, flip = 1u << rnd() % 30 << 2;
        if (k & 1) raw = (raw & ~p.mask) | (p.match ^ (k & 2 ? flip : 0));
        struct insn i;
        decode(&all, raw, &i);
        assert_int_equal(i.op, slow_search(raw));
        if (i.op != OP_ILLEGAL) assert_int_equal(encode(&i), raw);
    }
}

/* ---- compressed instructions, expanded by hand (unpriv. spec 27.8, "RVC Instruction Set
 * Listings", and the descriptions of Zcb and Zcmop) ---- */

static u32 bits(u32 v, unsigned hi, unsigned lo)
{
    return v >> lo & ((1u << (hi - lo + 1)) - 1);
}
static u32 sext(u32 v, unsigned width)
{
    return (u32)((s32)(v << (32 - width)) >> (32 - width));
}

enum { LOAD = 0x03, LOADFP = 0x07, OPIMM = 0x13, OPIMM32 = 0x1b, STORE = 0x23, STOREFP = 0x27 };
enum { OP = 0x33, LUI = 0x37, OP32 = 0x3b, BRANCH = 0x63, JALR = 0x67, JAL = 0x6f };

static u32 type_r(u32 op, u32 f7, u32 f3, u32 rd, u32 rs1, u32 rs2)
{
    return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
static u32 type_i(u32 op, u32 f3, u32 rd, u32 rs1, u32 imm)
{
    return imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
static u32 type_s(u32 op, u32 f3, u32 rs1, u32 rs2, u32 imm)
{
    return type_r(op, bits(imm, 11, 5), f3, bits(imm, 4, 0), rs1, rs2);
}
static u32 type_b(u32 f3, u32 rs1, u32 imm)
{
    u32 f7 = bits(imm, 12, 12) << 6 | bits(imm, 10, 5);
    return type_r(BRANCH, f7, f3, bits(imm, 4, 1) << 1 | bits(imm, 11, 11), rs1, 0);
}
static u32 type_j(u32 rd, u32 imm)
{
    return bits(imm, 20, 20) << 31 | bits(imm, 10, 1) << 21 | bits(imm, 11, 11) << 20 |
           bits(imm, 19, 12) << 12 | rd << 7 | JAL;
}

/* Zcb's loads and stores, by bits 12:10 */
static u32 expand_bytes(u32 c, u32 rd, u32 rs1)
{
    u32 byte = bits(c, 5, 5) << 1 | bits(c, 6, 6), half = bits(c, 5, 5) << 1;
    switch (bits(c, 12, 10)) {
    case 0: return type_i(LOAD, 4, rd, rs1, byte);
    case 1: return type_i(LOAD, bits(c, 6, 6) ? 1 : 5, rd, rs1, half);
    case 2: return type_s(STORE, 0, rs1, rd, byte);
    case 3: return bits(c, 6, 6) ? 0 : type_s(STORE, 1, rs1, rd, half);
    default: return 0;
    }
}

/* Quadrant 0. 0 stands for a reserved encoding, here and below. */
static u32 expand_0(u32 c)
{
    u32 rd = 8 + bits(c, 4, 2), rs1 = 8 + bits(c, 9, 7);
    u32 word = bits(c, 5, 5) << 6 | bits(c, 12, 10) << 3 | bits(c, 6, 6) << 2;
    u32 dword = bits(c, 6, 5) << 6 | bits(c, 12, 10) << 3;
    u32 sp = bits(c, 10, 7) << 6 | bits(c, 12, 11) << 4 | bits(c, 5, 5) << 3 | bits(c, 6, 6) << 2;
    switch (c >> 13) {
    case 0: return sp ? type_i(OPIMM, 0, rd, 2, sp) : 0;
    case 1: return type_i(LOADFP, 3, rd, rs1, dword);
    case 2: return type_i(LOAD, 2, rd, rs1, word);
    case 3: return type_i(LOAD, 3, rd, rs1, dword);
    case 4: return expand_bytes(c, rd, rs1);
    case 5: return type_s(STOREFP, 3, rs1, rd, dword);
    case 6: return type_s(STORE, 2, rs1, rd, word);
    case 7: return type_s(STORE, 3, rs1, rd, dword);
    default: return 0;
    }
}

/* Zcb's operations on one register, by bits 4:2 */
static u32 expand_unary(u32 c, u32 rd)
{
    switch (bits(c, 4, 2)) {
    case 0: return type_i(OPIMM, 7, rd, rd, 0xff);
    case 1: return type_i(OPIMM, 1, rd, rd, 0x604);
    case 2: return type_r(OP32, 4, 4, rd, rd, 0);
    case 3: return type_i(OPIMM, 1, rd, rd, 0x605);
    case 4: return type_r(OP32, 4, 0, rd, rd, 0);
    case 5: return type_i(OPIMM, 4, rd, rd, 0xfff);
    default: return 0;
    }
}

static u32 expand_arithmetic(u32 c)
{
    u32 rd = 8 + bits(c, 9, 7), rs2 = 8 + bits(c, 4, 2), imm = bits(c, 12, 12) << 5 | bits(c, 6, 2);
    static const u32 f3[] = {0, 4, 6, 7};
    switch (bits(c, 11, 10)) {
    case 0: return type_i(OPIMM, 5, rd, rd, imm);
    case 1: return type_i(OPIMM, 5, rd, rd, 0x400 | imm);
    case 2: return type_i(OPIMM, 7, rd, rd, sext(imm, 6));
    }
    u32 which = bits(c, 6, 5);
    if (!bits(c, 12, 12)) return type_r(OP, which == 0 ? 0x20 : 0, f3[which], rd, rd, rs2);
    if (which == 2) return type_r(OP, 1, 0, rd, rd, rs2); /* Zcb's multiplication */
    if (which == 3) return expand_unary(c, rd);
    return type_r(OP32, which == 0 ? 0x20 : 0, 0, rd, rd, rs2);
}

static u32 expand_lui_or_addi16sp(u32 c, u32 rd, u32 imm)
{
    u32 sp = bits(c, 12, 12) << 9 | bits(c, 6, 6) << 4 | bits(c, 5, 5) << 6 | bits(c, 4, 3) << 7 |
             bits(c, 2, 2) << 5;
    bool mop = rd < 16 && rd % 2; /* Zcmop, here an addition to x0 */
    if (imm == 0) return mop ? type_i(OPIMM, 0, 0, 0, rd) : 0;
    return rd == 2 ? type_i(OPIMM, 0, 2, 2, sext(sp, 10)) : sext(imm, 6) << 12 | rd << 7 | LUI;
}

static u32 expand_1(u32 c)
{
    u32 rd = bits(c, 11, 7), imm = bits(c, 12, 12) << 5 | bits(c, 6, 2), rs1 = 8 + bits(c, 9, 7);
    u32 jump = bits(c, 12, 12) << 11 | bits(c, 11, 11) << 4 | bits(c, 10, 9) << 8 |
               bits(c, 8, 8) << 10 | bits(c, 7, 7) << 6 | bits(c, 6, 6) << 7 | bits(c, 5, 3) << 1 |
               bits(c, 2, 2) << 5;
    u32 branch = bits(c, 12, 12) << 8 | bits(c, 11, 10) << 3 | bits(c, 6, 5) << 6 |
                 bits(c, 4, 3) << 1 | bits(c, 2, 2) << 5;
    switch (c >> 13) {
    case 0: return type_i(OPIMM, 0, rd, rd, sext(imm, 6));
    case 1: return rd ? type_i(OPIMM32, 0, rd, rd, sext(imm, 6)) : 0;
    case 2: return type_i(OPIMM, 0, rd, 0, sext(imm, 6));
    case 3: return expand_lui_or_addi16sp(c, rd, imm);
    case 4: return expand_arithmetic(c);
    case 5: return type_j(0, sext(jump, 12));
    case 6: return type_b(0, rs1, sext(branch, 9));
    default: return type_b(1, rs1, sext(branch, 9));
    }
}

/* JR, MV, EBREAK, JALR, ADD */
static u32 expand_jump_or_move(u32 c)
{
    u32 rd = bits(c, 11, 7), rs2 = bits(c, 6, 2), link = bits(c, 12, 12);
    if (rs2) return type_r(OP, 0, 0, rd, link ? rd : 0, rs2);
    if (rd) return type_i(JALR, 0, link, rd, 0);
    return link ? 0x00100073 : 0;
}

static u32 expand_2(u32 c)
{
    u32 rd = bits(c, 11, 7), rs2 = bits(c, 6, 2), imm = bits(c, 12, 12) << 5 | rs2;
    u32 lw = bits(c, 3, 2) << 6 | bits(c, 12, 12) << 5 | bits(c, 6, 4) << 2;
    u32 ld = bits(c, 4, 2) << 6 | bits(c, 12, 12) << 5 | bits(c, 6, 5) << 3;
    u32 sw = bits(c, 8, 7) << 6 | bits(c, 12, 9) << 2, sd = bits(c, 9, 7) << 6 | bits(c, 12, 10)
                                                                                     << 3;
    switch (c >> 13) {
    case 0: return type_i(OPIMM, 1, rd, rd, imm);
    case 1: return type_i(LOADFP, 3, rd, 2, ld);
    case 2: return rd ? type_i(LOAD, 2, rd, 2, lw) : 0;
    case 3: return rd ? type_i(LOAD, 3, rd, 2, ld) : 0;
    case 4: return expand_jump_or_move(c);
    case 5: return type_s(STOREFP, 3, 2, rs2, sd);
    case 6: return type_s(STORE, 2, 2, rs2, sw);
    default: return type_s(STORE, 3, 2, rs2, sd);
    }
}

static u32 expand(u32 c)
{
    return (c & 3) == 0 ? expand_0(c) : (c & 3) == 1 ? expand_1(c) : expand_2(c);
}

/* Bits above the halfword must not matter. */
static void check_compressed(u32 c)
{
    struct insn i;
    u32 expected = expand(c);
    decode(&all, rnd() << 16 | c, &i);
    assert_int_equal(i.len, 2);
    assert_int_equal(i.raw, c);
    if ((expected != 0) != (i.op != OP_ILLEGAL) ||
        (compressed_row_of(&all, (u16)c) >= 0) != (expected != 0))
        fail_msg("%04x should be %s", c, expected ? "legal" : "reserved");
    if (expected && encode(&i) != expected)
        fail_msg("%04x expands to %08x, should be %08x", c, encode(&i), expected);
}

static void test_every_compressed_word(void **state)
{
    (void)state;
    for (u32 c = 0; c < 0x10000; c++)
        if ((c & 3) != 3) check_compressed(c);
}

/* A word's row must match its pattern; each row is found for some word. */
static void test_every_compressed_row(void **state)
{
    (void)state;
    unsigned *seen = calloc(compressed_row_n, sizeof *seen);
    assert_non_null(seen);
    for (u32 c = 0; c < 0x10000; c++) {
        if ((c & 3) == 3 || compressed_row_of(&all, (u16)c) < 0) continue;
        unsigned r = (unsigned)compressed_row_of(&all, (u16)c);
        struct pattern p = compressed_pattern(r);
        struct insn i;
        decode(&all, c, &i);
        assert_int_equal(c & p.mask, p.match);
        assert_int_equal(i.op, compressed_rows[r].op);
        seen[r]++;
    }
    for (unsigned r = 0; r < compressed_row_n; r++) assert_true(seen[r] > 0);
    free(seen);
}

/* ---- subsets ---- */

static struct isa without(enum isa_extension e)
{
    struct isa less = all;
    isa_remove(&less, e);
    return less;
}

static void test_rows_of_absent_extensions(void **state)
{
    (void)state;
    for (unsigned r = 0; r < ROW_FULL_N; r++) {
        struct isa less = without(full_rows[r].ext);
        struct pattern p = full_pattern(r);
        struct insn i;
        decode(&less, p.match | ~p.mask, &i);
        unsigned wanted = OP_ILLEGAL; /* a HINT becomes the instruction around it */
        if (full_rows[r].ext == EXT_ZICBOP) wanted = OP_ori;
        if (full_rows[r].ext == EXT_ZIHINTNTL) wanted = OP_add;
        if (r == OP_lpad) wanted = OP_auipc;
        if (i.op != wanted) fail_msg("%s is decoded without its extension", full_rows[r].name);
    }
}

static void test_compressed_words_of_absent_extensions(void **state)
{
    (void)state;
    struct isa no_c = without(EXT_ZCA), no_d = without(EXT_D);
    for (u32 c = 0; c < 0x10000; c++) {
        struct insn i;
        if ((c & 3) == 3) continue;
        decode(&no_c, c, &i);
        assert_int_equal(i.op, OP_ILLEGAL);
        decode(&no_d, c, &i);
        u32 opcode = expand(c) & 0x7f;
        bool legal = opcode != 0 && opcode != LOADFP && opcode != STOREFP;
        assert_int_equal(i.op != OP_ILLEGAL, legal);
    }
}

/* Longer encodings than 32 bits have low bits 11111 (unpriv. spec 1.5): none is ours. */
static void test_long_encodings(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 10000; k++) {
        struct insn i;
        decode(&all, rnd() | 0x1f, &i);
        assert_int_equal(i.op, OP_ILLEGAL);
    }
}

int main(void)
{
    all.set = ISA_SET(EXT_N) - 1; /* those too that only a name brings in */
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_full_row),
        cmocka_unit_test(test_no_two_rows_overlap),
        cmocka_unit_test(test_random_words),
        cmocka_unit_test(test_every_compressed_word),
        cmocka_unit_test(test_every_compressed_row),
        cmocka_unit_test(test_rows_of_absent_extensions),
        cmocka_unit_test(test_compressed_words_of_absent_extensions),
        cmocka_unit_test(test_long_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
