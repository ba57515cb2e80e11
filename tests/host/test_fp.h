/* Operands for the floating-point tests: values at which implementations go wrong, and random ones
 * that come near them more often than uniform bits would. */
#ifndef TEST_FP_H
#define TEST_FP_H

#include "hart/types.h"

struct fp_layout {
    const char *name;
    int ebits, fbits;
};

enum { F16, F32, F64, FORMATS };
static const struct fp_layout fp_layouts[FORMATS] = {
    {"f16", 5,  10},
    {"f32", 8,  23},
    {"f64", 11, 52}
};

static inline int fp_bias(const struct fp_layout *l)
{
    return (1 << (l->ebits - 1)) - 1;
}

static inline u64 fp_make(const struct fp_layout *l, u64 sign, int field, u64 fraction)
{
    return sign << (l->ebits + l->fbits) | (u64)field << l->fbits | fraction;
}

static inline bool fp_is_nan(const struct fp_layout *l, u64 x)
{
    return (x & (BIT(l->ebits + l->fbits) - 1)) > fp_make(l, 0, 2 * fp_bias(l) + 1, 0);
}

static inline bool fp_is_snan(const struct fp_layout *l, u64 x)
{
    return fp_is_nan(l, x) && !(x >> (l->fbits - 1) & 1);
}

static inline u64 fp_nan(const struct fp_layout *l)
{
    return fp_make(l, 0, 2 * fp_bias(l) + 1, BIT(l->fbits - 1));
}

enum { CORNERS_MAX = 256 };

/* Zeros, subnormals, the ends of the range, infinities, NaNs of both kinds, neighbours of powers of
 * two, and exponents a precision apart, where sums and products are half-way cases. Returns how
 * many; fewer when brief, for products of three. */
static inline size_t fp_corners(const struct fp_layout *l, bool brief, u64 out[CORNERS_MAX])
{
    const int b = fp_bias(l), p = l->fbits, top = 2 * b + 1;
    const u64 half = BIT(p - 1), ones = BIT(p) - 1;
    const int fields[] = {0,     1,         b, top - 1, top,
                          b + 1, b - 1,     2, top - 2, b - p > 0 ? b - p : 3,
                          b + p, b + p + 1, 3};
    const u64 fractions[] = {0, ones, half, 1, half - 1, half + 1, ones - 1};
    size_t n = 0, nfields = brief ? 6 : sizeof fields / sizeof *fields;
    size_t nfractions = brief ? 3 : sizeof fractions / sizeof *fractions;
    for (u64 sign = 0; sign < 2; sign++)
        for (size_t i = 0; i < nfields; i++)
            for (size_t j = 0; j < nfractions; j++)
                out[n++] = fp_make(l, sign, fields[i], fractions[j]);
    return n;
}

/* Marsaglia's xorshift64*: the same numbers in every run. */
static inline u64 fp_random_bits(void)
{
    static u64 state = 0x9e3779b97f4a7c15;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

/* The fraction is of random bits, or has a long run of zeros or ones at its end. The exponent is
 * any, or near that of 1, so that two operands meet. */
static inline u64 fp_random(const struct fp_layout *l)
{
    u64 r = fp_random_bits(), tail = BIT(r % (u64)l->fbits) - 1;
    u64 fraction = fp_random_bits() & (BIT(l->fbits) - 1);
    int field = (int)(r >> 8 & (BIT(l->ebits) - 1));
    if (r & BIT(32)) fraction = r & BIT(33) ? fraction | tail : fraction & ~tail;
    if (r & BIT(34)) field = fp_bias(l) - 4 + (int)(r >> 35 & 7);
    return fp_make(l, r >> 63, field, fraction);
}

#endif
