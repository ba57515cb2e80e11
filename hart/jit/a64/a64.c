#include "hart/jit/a64/a64.h"

#include <string.h>

void emit_word(struct code *c, u32 word)
{
    memcpy(c->at, &word, 4);
    c->at += 4;
}

static u32 sf(unsigned width)
{
    return (u32)(width == 8) << 31;
}
static u32 rd(int r)
{
    return (u32)r;
}
static u32 rn(int r)
{
    return (u32)r << 5;
}
static u32 rm(int r)
{
    return (u32)r << 16;
}

void emit_3(struct code *c, unsigned width, u32 word, int d, int n, int m)
{
    emit_word(c, sf(width) | word | rm(m) | rn(n) | rd(d));
}

void emit_2(struct code *c, unsigned width, u32 word, int d, int n)
{
    emit_word(c, sf(width) | word | rn(n) | rd(d));
}

/* ---- arithmetic ---- */

void emit_shifted(struct code *c, unsigned width, u32 op, int d, int n, int m, enum shift shift,
                  unsigned k)
{
    emit_3(c, width, op | (u32)shift << 22 | k << 10, d, n, m);
}

void add_low_half(struct code *c, int d, int n, int m, unsigned k)
{
    emit_3(c, 8, 0x0b204000 | k << 10, d, n, m);
}

/* UBFM and SBFM, which all moves of bit fields are. */
static void bit_field(struct code *c, unsigned width, bool is_signed, int d, int n, unsigned immr,
                      unsigned imms)
{
    u32 word = (is_signed ? 0x13000000 : 0x53000000) | (u32)(width == 8) << 22;
    emit_2(c, width, word | immr << 16 | imms << 10, d, n);
}

void shift_imm(struct code *c, unsigned width, enum shift shift, int d, int n, unsigned k)
{
    unsigned top = width * 8 - 1;
    if (shift == SHIFT_LEFT)
        bit_field(c, width, false, d, n, (top + 1 - k) & top, top - k);
    else
        bit_field(c, width, shift == SHIFT_ARITHMETIC, d, n, k, top);
}

void extract(struct code *c, int d, int n, unsigned from, unsigned length)
{
    bit_field(c, 8, false, d, n, from, from + length - 1);
}

void extend(struct code *c, int d, int n, unsigned size, bool is_signed)
{
    bit_field(c, 8, is_signed, d, n, 0, size * 8 - 1);
}

void multiply_subtract(struct code *c, unsigned width, int d, int n, int m, int from)
{
    emit_3(c, width, 0x1b008000 | (u32)from << 10, d, n, m);
}

void choose(struct code *c, unsigned width, u32 op, int d, int n, int m, int cc)
{
    emit_3(c, width, op | (u32)cc << 12, d, n, m);
}

void set_if(struct code *c, int d, int cc)
{
    choose(c, 8, A64_CSINC, d, ZR, ZR, cc ^ 1);
}

/* ---- immediates ---- */

/* Twelve bits, or twelve bits shifted by twelve. */
static bool fits_12(u64 k)
{
    return k < 4096 || (!(k & 4095) && k >> 24 == 0);
}

bool fits_add(s64 k)
{
    return fits_12((u64)k) || fits_12(-(u64)k);
}

/* op: ADD or SUBS to begin with; a negative constant is subtracted, or added. */
static void arithmetic_imm(struct code *c, unsigned width, u32 op, int d, int n, s64 k)
{
    u64 value = (u64)k;
    if (!fits_12(value)) {
        value = -value;
        op ^= 0x40000000;
    }
    u32 shifted = value >= 4096;
    emit_2(c, width, op | shifted << 22 | (u32)(shifted ? value >> 12 : value) << 10, d, n);
}

void add_imm(struct code *c, unsigned width, int d, int n, s64 k)
{
    arithmetic_imm(c, width, 0x11000000, d, n, k);
}

void compare_imm(struct code *c, unsigned width, int n, s64 k)
{
    arithmetic_imm(c, width, 0x71000000, ZR, n, k);
}

void compare(struct code *c, unsigned width, int n, int m)
{
    emit_3(c, width, A64_SUBS, ZR, n, m);
}

void compare_if(struct code *c, int n, int m, int cc)
{
    emit_3(c, 8, 0x7a400000 | (u32)cc << 12, 0, n, m); /* CCMP */
}

static u64 ones(unsigned n)
{
    return ~0ull >> (64 - n);
}

/* N:immr:imms of a constant that repeats an element of 2 to 64 bits, which is a run of ones,
 * rotated (DecodeBitMasks). */
static bool bit_mask(u64 k, u32 *out)
{
    unsigned size = 64, r = 0;
    if (k == 0 || k == ~0ull) return false;
    while (size > 2 && (k & ones(size / 2)) == (k >> size / 2 & ones(size / 2))) size /= 2;
    u64 element = k & ones(size);
    unsigned n = (unsigned)__builtin_popcountll(element);
    u64 run = ones(n);
    while (run != element) {
        run = run >> 1 | (run & 1) << (size - 1);
        if (++r == size) return false;
    }
    *out = (u32)(size == 64) << 12 | r << 6 | ((~(size * 2 - 1) & 63) | (n - 1));
    return true;
}

static bool encode_logical(unsigned width, u64 k, u32 *mask)
{
    return bit_mask(width == 4 ? (u32)k | k << 32 : k, mask);
}

bool fits_logical(unsigned width, u64 k)
{
    u32 mask;
    return encode_logical(width, k, &mask);
}

void logical_imm(struct code *c, unsigned width, u32 op, int d, int n, u64 k)
{
    u32 mask = 0;
    encode_logical(width, k, &mask);
    emit_2(c, width, (op & 0x60000000) | 0x12000000 | mask << 10, d, n);
}

/* ---- moves ---- */

void move(struct code *c, int d, int n)
{
    if (d != n) emit_3(c, 8, A64_ORR, d, ZR, n);
}

/* The other halfwords are zeros, or ones where those are more. */
void move_imm(struct code *c, int d, u64 k)
{
    unsigned zeros = 0, full = 0;
    for (unsigned at = 0; at < 64; at += 16) {
        zeros += (k >> at & 0xffff) == 0;
        full += (k >> at & 0xffff) == 0xffff;
    }
    u64 rest = full > zeros ? ~0ull : 0;
    if (zeros < 3 && full < 3 && fits_logical(8, k)) {
        logical_imm(c, 8, A64_ORR, d, ZR, k);
        return;
    }
    u32 op = rest ? 0x92800000 : 0xd2800000; /* MOVN, MOVZ; then MOVK */
    for (u32 at = 0; at < 4; at++) {
        u32 part = (u32)(k >> at * 16 & 0xffff), skipped = (u32)(rest & 0xffff);
        if (part == skipped && (at < 3 || op == 0xf2800000)) continue;
        if (op == 0x92800000) part ^= 0xffff;
        emit_word(c, op | at << 21 | part << 5 | rd(d));
        op = 0xf2800000;
    }
}

/* ---- memory ---- */

static u32 size_field(unsigned size)
{
    return (u32)__builtin_ctz(size) << 30;
}

/* Scaled and without sign, or nine bits with one; else the address is made first. */
static void access_offset(struct code *c, unsigned size, u32 how, int d, int base, s64 offset)
{
    u64 scaled = (u64)offset / size;
    if (offset >= 0 && offset % size == 0 && scaled < 4096) {
        emit_2(c, 4, size_field(size) | 0x39000000 | how << 22 | (u32)scaled << 10, d, base);
    } else if (offset >= -256 && offset < 256) {
        emit_2(c, 4, size_field(size) | 0x38000000 | how << 22 | ((u32)offset & 511) << 12, d,
               base);
    } else {
        move_imm(c, 16, (u64)offset);
        emit_3(c, 8, A64_ADD, 16, base, 16);
        access_offset(c, size, how, d, 16, 0);
    }
}

static u32 load_how(unsigned size, bool is_signed)
{
    return is_signed && size < 8 ? 2 : 1;
}

void load(struct code *c, unsigned size, bool is_signed, int d, int base, s64 offset)
{
    access_offset(c, size, load_how(size, is_signed), d, base, offset);
}

void store(struct code *c, unsigned size, int d, int base, s64 offset)
{
    access_offset(c, size, 0, d, base, offset);
}

static void access_index(struct code *c, unsigned size, u32 how, int d, int base, int index)
{
    emit_3(c, 4, size_field(size) | 0x38206800 | how << 22, d, base, index);
}

void load_index(struct code *c, unsigned size, bool is_signed, int d, int base, int index)
{
    access_index(c, size, load_how(size, is_signed), d, base, index);
}

void store_index(struct code *c, unsigned size, int d, int base, int index)
{
    access_index(c, size, 0, d, base, index);
}

static void pair(struct code *c, u32 op, int d, int d2, int base, s32 offset)
{
    emit_2(c, 8, op | ((u32)(offset / 8) & 127) << 15 | (u32)d2 << 10, d, base);
}

void load_pair(struct code *c, int d, int d2, int base, s32 offset)
{
    pair(c, 0xa9400000, d, d2, base, offset);
}

void store_pair(struct code *c, int d, int d2, int base, s32 offset)
{
    pair(c, 0xa9000000, d, d2, base, offset);
}

/* ---- control ---- */

static u8 *jump(struct code *c, u32 word)
{
    emit_word(c, word);
    return c->at - 4;
}

u8 *jump_if(struct code *c, int cc)
{
    return jump(c, 0x54000000 | (u32)cc);
}

u8 *jump_if_zero(struct code *c, unsigned width, int reg, bool zero)
{
    return jump(c, sf(width) | (zero ? 0x34000000 : 0x35000000) | rd(reg));
}

u8 *jump_ahead(struct code *c)
{
    return jump(c, 0x14000000);
}

/* B and BL have 26 bits for the distance, the others 19. */
void aim(u8 *site, const u8 *to)
{
    u32 word, distance = (u32)((to - site) / 4);
    memcpy(&word, site, 4);
    if ((word & 0x7c000000) == 0x14000000)
        word = (word & 0xfc000000) | (distance & 0x03ffffff);
    else
        word = (word & 0xff00001f) | (distance & 0x7ffff) << 5;
    memcpy(site, &word, 4);
}

void jump_to(struct code *c, const u8 *to)
{
    aim(jump_ahead(c), to);
}

void jump_reg(struct code *c, int reg)
{
    emit_word(c, 0xd61f0000 | rn(reg));
}

void call_to(struct code *c, const u8 *to)
{
    aim(jump(c, 0x94000000), to);
}

void call_c(struct code *c, u64 function)
{
    move_imm(c, 17, function);
    emit_word(c, 0xd63f0000 | rn(17));
}

void ret(struct code *c)
{
    emit_word(c, 0xd65f03c0);
}
