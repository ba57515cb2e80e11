#include "tests/random/draw.h"
#include "hart/csr.h"
#include "hart/decode.h"
#include "tests/random/program.h"

#include <string.h>

static struct isa isa;
static u16 rows_of[DRAW_CLASS_N][ROW_FULL_N];
static unsigned row_n_of[DRAW_CLASS_N];
static u16 csr_numbers[4096];
static unsigned csr_number_n;

/* ---- registers: data pointers, code pointers, values, and those of the trap handlers ---- */

static const u8 pointers[] = {2, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23};
static const u8 code_pointers[] = {1, 5, 6};
static const u8 values[] = {3, 4, 7, 12, 13, 14, 15, 16, 17, 24, 25, 26};

unsigned value_register(struct rng *r)
{
    return values[below(r, sizeof values)];
}
unsigned pointer_register(struct rng *r)
{
    return pointers[below(r, sizeof pointers)];
}
unsigned code_register(struct rng *r)
{
    return code_pointers[below(r, sizeof code_pointers)];
}
bool is_pointer_register(unsigned x)
{
    return memchr(pointers, (int)x, sizeof pointers) != NULL;
}
bool is_code_register(unsigned x)
{
    return memchr(code_pointers, (int)x, sizeof code_pointers) != NULL;
}

static unsigned source(struct rng *r)
{
    return chance(r, 70) ? value_register(r) : below(r, REG_HANDLER);
}
static unsigned destination(struct rng *r)
{
    return chance(r, 93) ? value_register(r) : chance(r, 50) ? 0 : below(r, REG_HANDLER);
}

/* ---- tables ---- */

static enum draw_class class_of_system(struct pattern p)
{
    unsigned funct3 = p.match >> 12 & 7;
    bool no_operands = (p.mask >> 15 & 31) == 31;
    if (funct3 == 0) return no_operands ? DRAW_CONTROL : DRAW_FENCE;
    return funct3 == 4 ? DRAW_GUEST : DRAW_CSR;
}

static enum draw_class class_of(unsigned row)
{
    struct pattern p = full_pattern(row);
    switch (p.match & 0x7f) {
    case 0x03:
    case 0x07: return DRAW_LOAD;
    case 0x0f: return DRAW_CACHE;
    case 0x23:
    case 0x27: return DRAW_STORE;
    case 0x2f: return DRAW_AMO;
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
    case 0x53: return DRAW_FP;
    case 0x63: return DRAW_BRANCH;
    case 0x67: return DRAW_JALR;
    case 0x6f: return DRAW_JAL;
    case 0x73: return class_of_system(p);
    default: return DRAW_ALU;
    }
}

void draw_init(void)
{
    isa_default(&isa);
    memset(row_n_of, 0, sizeof row_n_of);
    for (unsigned row = 0; row < ROW_FULL_N; row++) {
        enum draw_class c = class_of(row);
        rows_of[c][row_n_of[c]++] = (u16)row;
    }
    csr_number_n = 0;
    for (unsigned n = 0; n < 4096; n++)
        if (csr_name(n)) csr_numbers[csr_number_n++] = (u16)n;
}

/* ---- fields ---- */

static bool is_counter_for_events(unsigned csr)
{
    unsigned n = csr & 31;
    return n >= 3 && (csr >> 5 == 0xc00 >> 5 || csr >> 5 == 0xb00 >> 5 || csr >> 5 == 0x320 >> 5);
}

static unsigned draw_csr(struct rng *r)
{
    unsigned csr;
    if (chance(r, 3)) return below(r, 4096);
    do csr = csr_numbers[below(r, csr_number_n)];
    while (is_counter_for_events(csr) && chance(r, 95));
    return csr;
}

/* The director depends on mtvec and on the last PMP entries, and it must know all values that the
 * translation registers ever get (program.h). */
static bool may_write(struct rng *r, const struct taste *t, unsigned csr)
{
    switch (csr) {
    case 0x180:
    case 0x280:
    case 0x680:
    case 0x305:
    case 0x3a2: return false;
    case 0x105:
    case 0x205: return t->wild_vec;
    case 0x3b8 ... 0x3bf: return false;
    case 0x747: return t->wild_lock;
    case 0x302: return chance(r, 20); /* fetch faults had better go to the director */
    }
    return (csr & ~0x1fu) != 0x3a0 || t->wild_pmp;
}

static void choose_csr(struct rng *r, const struct taste *t, struct insn *i)
{
    unsigned csr = draw_csr(r);
    bool immediate = strstr(full_rows[i->op].syntax, "zimm") != NULL;
    i->imm = (s32)csr;
    i->rs1 = (u8)(immediate ? below(r, 32) : source(r));
    if (may_write(r, t, csr)) return;
    i->op = OP_csrrs;
    i->rs1 = 0;
}

/* Offsets are small, mostly aligned; the pointers themselves come near page ends. */
static s32 draw_offset(struct rng *r)
{
    s32 offset = (s32)below(r, 256) - 64;
    if (chance(r, 5)) offset = (s32)below(r, 4096) - 2048;
    return chance(r, 70) ? offset & ~7 : offset;
}

/* Mostly a little way ahead, so that programs get somewhere. */
static s32 draw_distance(struct rng *r)
{
    unsigned kind = below(r, 100);
    s32 there = 2 + (s32)below(r, kind < 60 ? 16 : kind < 90 ? 60 : 1000);
    return 2 * (kind % 10 < 2 ? -there : there);
}

static unsigned draw_rounding(struct rng *r)
{
    unsigned kind = below(r, 100);
    return kind < 45 ? 7 : kind < 94 ? below(r, 5) : below(r, 8);
}

static unsigned address_register(struct rng *r)
{
    return chance(r, 95) ? pointer_register(r) : below(r, REG_HANDLER);
}

static void choose_fields(struct rng *r, const struct taste *t, enum draw_class class,
                          struct insn *i)
{
    if (strncmp(full_rows[i->op].syntax, "rd", 2) == 0) i->rd = (u8)destination(r);
    i->rm = (u8)draw_rounding(r);
    switch (class) {
    case DRAW_LOAD:
    case DRAW_STORE: i->imm = draw_offset(r); /* fall through */
    case DRAW_AMO:
    case DRAW_CACHE:
    case DRAW_GUEST: i->rs1 = (u8)address_register(r); break;
    case DRAW_BRANCH: i->imm = draw_distance(r); break;
    case DRAW_JAL:
        i->imm = draw_distance(r);
        i->rd = (u8)(chance(r, 60) ? 0 : code_register(r));
        break;
    case DRAW_JALR:
        i->imm = chance(r, 50) ? 0 : draw_distance(r) & 0xff;
        i->rs1 = (u8)code_register(r);
        i->rd = (u8)(chance(r, 60) ? 0 : code_register(r));
        break;
    case DRAW_FENCE:
        i->rs1 = (u8)(chance(r, 50) ? 0 : address_register(r));
        i->rs2 = (u8)(chance(r, 50) ? 0 : source(r));
        break;
    case DRAW_CSR: choose_csr(r, t, i); break;
    default:
        if (i->rs1 >= REG_HANDLER || chance(r, 50)) i->rs1 = (u8)source(r);
        break;
    }
}

/* ---- instructions ---- */

u32 draw_of(struct rng *r, const struct taste *t, enum draw_class class)
{
    unsigned row = rows_of[class][below(r, row_n_of[class])];
    struct pattern p = full_pattern(row);
    struct insn i;
    decode(&isa, p.match | ((u32)rng_bits(r) & ~p.mask), &i);
    if (i.op == OP_ILLEGAL) return 0;
    if (i.rs2 >= REG_HANDLER && class != DRAW_FP) i.rs2 = (u8)source(r);
    choose_fields(r, t, class, &i);
    return encode(&i);
}

/* Would a compressed instruction disturb what the program needs to get anywhere? */
static bool harmful(struct rng *r, u16 raw)
{
    struct insn i;
    decode(&isa, raw, &i);
    enum draw_class class = class_of(i.op);
    bool writes = strncmp(full_rows[i.op].syntax, "rd", 2) == 0;
    if (writes && i.rd >= REG_HANDLER) return true;
    if (writes && (is_pointer_register(i.rd) || is_code_register(i.rd)) && chance(r, 92))
        return true;
    switch (class) {
    case DRAW_LOAD:
    case DRAW_STORE: return !is_pointer_register(i.rs1) && chance(r, 95);
    case DRAW_JALR: return !is_code_register(i.rs1) && chance(r, 98);
    case DRAW_JAL:
    case DRAW_BRANCH: return (i.imm < 0 && chance(r, 80)) || i.imm == 0;
    case DRAW_CONTROL: return chance(r, 80);
    default: return false;
    }
}

static u32 draw_compressed(struct rng *r)
{
    for (;;) {
        unsigned row = below(r, compressed_row_n);
        struct pattern p = compressed_pattern(row);
        u16 raw = (u16)(p.match | ((u32)rng_bits(r) & ~p.mask));
        if (compressed_row_of(&isa, raw) == (int)row && !harmful(r, raw)) return raw;
    }
}

u32 draw(struct rng *r, const struct taste *t)
{
    unsigned sum = 0, class = 0;
    for (unsigned k = 0; k < DRAW_ANY_N; k++) sum += t->weight[k];
    unsigned at = below(r, sum);
    while (at >= t->weight[class]) at -= t->weight[class ++];
    return class == DRAW_COMPRESSED ? draw_compressed(r) : draw_of(r, t, class);
}

u64 rng_value(struct rng *r)
{
    static const u64 floats[] = {
        0x7ff0000000000000, 0xfff8000000000001, 0x7ff4000000000000, 0x8000000000000000,
        0x0010000000000000, 0x000fffffffffffff, 0x3ff0000000000000, 0x7fefffffffffffff,
        0xffffffff7f800000, 0xffffffffff800001, 0xffffffff00800000, 0xffffffff007fffff,
        0xffffffff3f800000, 0xffffffff7fc00000, 0xffffffffffff7c00, 0xffffffffffff7e00,
        0xffffffffffff0400, 0xffffffffffff83ff, 0xffffffffffff3c00, 0xfffffffffffffc01,
    };
    switch (below(r, 8)) {
    case 0: return below(r, 16);
    case 1: return ~(u64)below(r, 16);
    case 2: return BIT(below(r, 64)) - below(r, 2);
    case 3: return floats[below(r, sizeof floats / sizeof floats[0])];
    case 4: return rng_bits(r) >> below(r, 64);
    case 5: return (u64)((s64)rng_bits(r) >> below(r, 64));
    case 6: return 0xffffffff00000000 | rng_bits(r);
    default: return rng_bits(r);
    }
}
