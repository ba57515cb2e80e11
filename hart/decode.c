/* The decoder reads the rows' encodings once, at start-up, into masks and lists of fields. */
#include "hart/decode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct row full_rows[ROW_FULL_N] = {
#define INSN(id, ext, encoding, syntax, body)                                                      \
    [OP_##id] = {#id, encoding, syntax, #body, EXT_##ext, OP_##id},
#include "hart/rows.def"
#undef INSN
};
const struct row compressed_rows[] = {
#define RVC(id, ext, encoding, syntax, full, rd, rs1, rs2, imm, valid)                             \
    {#id, encoding, syntax, "", EXT_##ext, OP_##full},
#include "hart/rows/c.def"
#undef RVC
};
enum { COMPRESSED_N = sizeof compressed_rows / sizeof compressed_rows[0] };
const unsigned compressed_row_n = COMPRESSED_N;

enum { _ = INT16_MAX }; /* a field that the lowering leaves alone */
static const struct lowering {
    s16 rd, rs1, rs2, imm;
} lowerings[] = {
#define RVC(id, ext, encoding, syntax, full, rd, rs1, rs2, imm, valid) {rd, rs1, rs2, imm},
#include "hart/rows/c.def"
#undef RVC
};

#define RVC(id, ext, encoding, syntax, full, rd, rs1, rs2, imm, valid)                             \
    static bool valid_##id(const struct insn *f)                                                   \
    {                                                                                              \
        (void)f;                                                                                   \
        return valid;                                                                              \
    }
#include "hart/rows/c.def"
#undef RVC
static bool (*const valids[])(const struct insn *) = {
#define RVC(id, ext, encoding, syntax, full, rd, rs1, rs2, imm, valid) valid_##id,
#include "hart/rows/c.def"
#undef RVC
};

/* ---- encodings, parsed ---- */

enum field_kind { F_RD, F_RS1, F_RS2, F_RS3, F_RSD, F_RM, F_AQRL, F_IMM };

/* A run of bits: width bits of the instruction from bit at hold bits `to` upward of a field. */
struct field {
    u8 kind, at, width, to;
    bool prime; /* 3 bits that name x8 to x15 */
};
enum { FIELD_MAX = 12 };
struct shape {
    struct pattern fixed;
    struct field field[FIELD_MAX];
    unsigned field_n;
    u8 sign_bit; /* of imm; 0: unsigned */
};
static struct shape full_shapes[ROW_FULL_N], compressed_shapes[COMPRESSED_N];

static const struct {
    const char *name;
    u8 kind, width;
} registers[] = {
    {"rd",   F_RD,   5 },
    {"rs1",  F_RS1,  5 },
    {"rs2",  F_RS2,  5 },
    {"rs3",  F_RS3,  5 },
    {"rsd",  F_RSD,  5 },
    {"zimm", F_RS1,  5 },
    {"rm",   F_RM,   3 },
    {"aqrl", F_AQRL, 2 },
    {"csr",  F_IMM,  12},
};

/* Put fields down from bit *at, most significant first. */
static void add_field(struct shape *s, unsigned *at, enum field_kind kind, unsigned width,
                      unsigned to, bool prime)
{
    if (s->field_n == FIELD_MAX || width > *at) abort(); /* a row is wrong: no machine starts */
    *at -= width;
    s->field[s->field_n++] = (struct field){(u8)kind, (u8)*at, (u8)width, (u8)to, prime};
}

/* "imm[12|10:5]" after its bracket */
static const char *parse_pieces(struct shape *s, unsigned *at, enum field_kind kind, const char *p,
                                bool is_signed)
{
    for (; *p != ']'; p += *p == '|') {
        char *end;
        unsigned hi = (unsigned)strtoul(p, &end, 10), lo = hi;
        if (*end == ':') lo = (unsigned)strtoul(end + 1, &end, 10);
        add_field(s, at, kind, hi - lo + 1, lo, false);
        if (is_signed && hi > s->sign_bit) s->sign_bit = (u8)hi;
        p = end;
    }
    return p + 1;
}

static const char *parse_register(struct shape *s, unsigned *at, const char *p)
{
    size_t n = strcspn(p, " '[");
    for (unsigned k = 0; k < sizeof registers / sizeof registers[0]; k++) {
        if (strlen(registers[k].name) != n || strncmp(registers[k].name, p, n) != 0) continue;
        if (p[n] == '[') return parse_pieces(s, at, registers[k].kind, p + n + 1, false);
        bool prime = p[n] == '\'';
        add_field(s, at, registers[k].kind, prime ? 3 : registers[k].width, 0, prime);
        return p + n + prime;
    }
    abort();
}

static void parse(struct shape *s, const char *p, unsigned bits)
{
    unsigned at = bits;
    while (*p) {
        if (*p == '0' || *p == '1') {
            at--;
            s->fixed.mask |= 1u << at;
            s->fixed.match |= (u32)(*p++ - '0') << at;
        } else if (*p == ' ') {
            p++;
        } else if (strncmp(p, "imm[", 4) == 0) {
            p = parse_pieces(s, &at, F_IMM, p + 4, true);
        } else if (strncmp(p, "uimm[", 5) == 0) {
            p = parse_pieces(s, &at, F_IMM, p + 5, false);
        } else {
            p = parse_register(s, &at, p);
        }
    }
    if (at != 0) abort();
}

static u32 take_bits(u32 raw, const struct field *f)
{
    return raw >> f->at & ((1u << f->width) - 1);
}

static void extract(const struct shape *s, u32 raw, struct insn *i)
{
    u32 imm = 0;
    for (unsigned k = 0; k < s->field_n; k++) {
        const struct field *f = &s->field[k];
        u32 v = (take_bits(raw, f) << f->to) + (f->prime ? 8 : 0);
        switch (f->kind) {
        case F_RD: i->rd = (u8)v; break;
        case F_RS1: i->rs1 = (u8)v; break;
        case F_RS2: i->rs2 = (u8)v; break;
        case F_RS3: i->rs3 = (u8)v; break;
        case F_RSD: i->rd = i->rs1 = (u8)v; break;
        case F_RM: i->rm = (u8)v; break;
        case F_AQRL: i->aqrl = (u8)v; break;
        case F_IMM: imm |= v; break;
        }
    }
    unsigned shift = 31u - (s->sign_bit ? s->sign_bit : 31u);
    i->imm = (s32)(imm << shift) >> shift;
}

u32 encode(const struct insn *i)
{
    const struct shape *s = &full_shapes[i->op];
    const u32 of_kind[] = {i->rd, i->rs1, i->rs2, i->rs3, i->rd, i->rm, i->aqrl, (u32)i->imm};
    u32 raw = s->fixed.match;
    for (unsigned k = 0; k < s->field_n; k++) {
        const struct field *f = &s->field[k];
        raw |= (of_kind[f->kind] >> f->to & ((1u << f->width) - 1)) << f->at;
    }
    return raw;
}

/* ---- buckets: rows by the bits that tell most of them apart ---- */

/* Full rows by opcode (bits 6:2) and funct3; the longest list is that of floating point. */
enum { BUCKET_N = 256, BUCKET_MAX = 160 };
static struct bucket {
    u16 row[BUCKET_MAX];
    unsigned n;
} full_buckets[BUCKET_N], compressed_buckets[32];

static unsigned full_bucket(u32 raw)
{
    return (raw >> 2 & 31) << 3 | (raw >> 12 & 7);
}
static unsigned compressed_bucket(u32 raw)
{
    return (raw & 3) << 3 | (raw >> 13 & 7);
}

/* Keep a bucket sorted by falling number of fixed bits: a row inside another one comes first. */
static void insert(struct bucket *b, const struct shape *shapes, unsigned row)
{
    if (b->n == BUCKET_MAX) abort();
    unsigned k = b->n++;
    int bits = __builtin_popcount(shapes[row].fixed.mask);
    for (; k && __builtin_popcount(shapes[b->row[k - 1]].fixed.mask) < bits; k--)
        b->row[k] = b->row[k - 1];
    b->row[k] = (u16)row;
}

void decode_init(void)
{
    static bool done;
    if (done) return;
    done = true;
    for (unsigned r = 0; r < ROW_FULL_N; r++) {
        struct shape *s = &full_shapes[r];
        parse(s, full_rows[r].encoding, 32);
        for (unsigned funct3 = 0; funct3 < 8; funct3++) {
            if ((s->fixed.match ^ funct3 << 12) & s->fixed.mask & 0x7000) continue;
            insert(&full_buckets[full_bucket((s->fixed.match & ~0x7000u) | funct3 << 12)],
                   full_shapes, r);
        }
    }
    for (unsigned r = 0; r < COMPRESSED_N; r++) {
        parse(&compressed_shapes[r], compressed_rows[r].encoding, 16);
        insert(&compressed_buckets[compressed_bucket(compressed_shapes[r].fixed.match)],
               compressed_shapes, r);
    }
}

struct pattern full_pattern(unsigned row)
{
    return full_shapes[row].fixed;
}
struct pattern compressed_pattern(unsigned row)
{
    return compressed_shapes[row].fixed;
}

/* ---- decoding ---- */

static bool matches(const struct isa *isa, const struct row *r, const struct shape *s, u32 raw)
{
    return (raw & s->fixed.mask) == s->fixed.match && isa_has(isa, r->ext);
}

static void decode_full(const struct isa *isa, u32 raw, struct insn *out)
{
    const struct bucket *b = &full_buckets[full_bucket(raw)];
    for (unsigned k = 0; k < b->n; k++) {
        unsigned r = b->row[k];
        if (!matches(isa, &full_rows[r], &full_shapes[r], raw)) continue;
        out->op = (u16)r;
        extract(&full_shapes[r], raw, out);
        return;
    }
}

/* The row of a compressed instruction, its fields in *f; -1: none. */
static int find_compressed(const struct isa *isa, u16 raw, struct insn *f)
{
    const struct bucket *b = &compressed_buckets[compressed_bucket(raw)];
    for (unsigned k = 0; k < b->n; k++) {
        unsigned r = b->row[k];
        if (!matches(isa, &compressed_rows[r], &compressed_shapes[r], raw)) continue;
        if (!isa_has(isa, full_rows[compressed_rows[r].op].ext)) continue;
        *f = (struct insn){0};
        extract(&compressed_shapes[r], raw, f);
        if (valids[r](f)) return (int)r;
    }
    return -1;
}

int compressed_row_of(const struct isa *isa, u16 raw)
{
    struct insn f;
    return find_compressed(isa, raw, &f);
}

static void decode_compressed(const struct isa *isa, u16 raw, struct insn *out)
{
    int r = find_compressed(isa, raw, out);
    const struct lowering *l = &lowerings[r < 0 ? 0 : r];
    if (r < 0) {
        *out = (struct insn){.op = OP_ILLEGAL};
        return;
    }
    out->op = compressed_rows[r].op;
    if (l->rd != _) out->rd = (u8)l->rd;
    if (l->rs1 != _) out->rs1 = (u8)l->rs1;
    if (l->rs2 != _) out->rs2 = (u8)l->rs2;
    if (l->imm != _) out->imm = l->imm;
}

void decode(const struct isa *isa, u32 raw, struct insn *out)
{
    *out = (struct insn){.op = OP_ILLEGAL};
    if (insn_length((u16)raw) == 4) {
        decode_full(isa, raw, out);
        out->len = 4;
        out->raw = raw;
    } else {
        decode_compressed(isa, (u16)raw, out);
        out->len = 2;
        out->raw = raw & 0xffff;
    }
}
