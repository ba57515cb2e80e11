/* Floating point in integer code.
 *
 * Every operation is unpack, compute, pack, and is written once for all formats. unpack() turns a
 * bit pattern into a struct num, a wide and simple form of the number; the operation yields another
 * struct num, exact but for a sticky last bit; pack() rounds it, once, to the format and reports
 * what that did.
 *
 * What has no numeric result needs no flags of its own: kinds are ordered so that the greatest
 * among the operands is the kind of the result, and an operation without an answer (infinity minus
 * infinity, the root of -1) says SIGNALLING, for which pack() raises the invalid flag.
 */
#include "hart/fp/fp.h"

typedef unsigned __int128 u128;

/* Inlined with a constant format, a generic function becomes as good as one written for it. Left to
 * itself, the compiler shares one body and pays for variable shifts. */
#define GENERIC static inline __attribute__((always_inline))

struct format {
    unsigned ebits; /* width of the exponent field */
    unsigned fbits; /* width of the fraction field */
};

static const struct format f16 = {5, 10}, f32 = {8, 23}, f64 = {11, 52};

enum kind { FINITE, INFINITE, QUIET, SIGNALLING };

/* A finite number is sig * 2^(exp - POINT), negated when sign is set. unpack() leaves the leading
 * one of sig at bit POINT, so that 1 <= sig / 2^POINT < 2, and zero with an exponent below any
 * other number's. Bit POINT + 1 takes the carry of a sum. The last bit of sig is sticky: set, it
 * may stand for any value below it. No operation brings it near the bits that rounding keeps. */
struct num {
    enum kind kind;
    bool sign;
    int exp;
    u128 sig;
};

enum { POINT = 126, EXP_OF_ZERO = -20000 };

/* ---- formats ---- */

GENERIC int exp_bias(struct format f)
{
    return (1 << (f.ebits - 1)) - 1;
}

GENERIC int exp_min(struct format f)
{
    return 1 - exp_bias(f);
}

GENERIC u64 sign_bit(struct format f)
{
    return BIT(f.ebits + f.fbits);
}

GENERIC u64 quiet_bit(struct format f)
{
    return BIT(f.fbits - 1);
}

GENERIC u64 infinity(struct format f)
{
    return MASK(f.ebits + f.fbits - 1, f.fbits);
}

GENERIC u64 canonical_nan(struct format f)
{
    return infinity(f) | quiet_bit(f);
}

GENERIC u64 bits_of(struct format f, u64 a)
{
    return a & (2 * sign_bit(f) - 1);
}

GENERIC bool is_negative(struct format f, u64 a)
{
    return (a & sign_bit(f)) != 0;
}

GENERIC u64 magnitude(struct format f, u64 a)
{
    return a & (sign_bit(f) - 1);
}

GENERIC bool is_nan(struct format f, u64 a)
{
    return magnitude(f, a) > infinity(f);
}

GENERIC bool is_signalling(struct format f, u64 a)
{
    return is_nan(f, a) && !(a & quiet_bit(f));
}

/* ---- unpacking ---- */

/* sig / 2^n, with a last bit that tells whether anything was lost. */
GENERIC u128 shift_right_sticky(u128 sig, unsigned n)
{
    if (RARE(n > 127)) return sig != 0;
    return sig >> n | ((sig & (((u128)1 << n) - 1)) != 0);
}

/* Bring the leading one to bit POINT; sig is not 0. */
GENERIC struct num normalise(struct num n)
{
    u64 high = (u64)(n.sig >> 64), low = (u64)n.sig;
    int lead = high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll(low);
    n.sig = lead > POINT ? shift_right_sticky(n.sig, 1) : n.sig << (POINT - lead);
    n.exp += lead - POINT;
    return n;
}

GENERIC struct num unpack(struct format f, u64 a)
{
    u64 field = magnitude(f, a) >> f.fbits, fraction = a & MASK(f.fbits - 1, 0);
    struct num n = {FINITE, is_negative(f, a), (int)field - exp_bias(f), 0};
    if (RARE(field == 0)) {
        n.exp = fraction ? exp_min(f) : EXP_OF_ZERO;
        n.sig = (u128)fraction << (POINT - f.fbits);
        return fraction ? normalise(n) : n;
    }
    n.sig = (u128)(fraction | BIT(f.fbits)) << (POINT - f.fbits);
    if (RARE(magnitude(f, a) >= infinity(f)))
        n.kind = !is_nan(f, a) ? INFINITE : is_signalling(f, a) ? SIGNALLING : QUIET;
    return n;
}

GENERIC bool is_zero(struct num n)
{
    return n.kind == FINITE && n.sig == 0;
}

GENERIC enum kind greater_kind(enum kind a, enum kind b)
{
    return a > b ? a : b;
}

/* ---- rounding and packing ---- */

/* sig / 2^drop rounded to an integer; 1 <= drop <= 127. */
GENERIC u64 round_off(u128 sig, unsigned drop, bool sign, unsigned rm)
{
    u64 kept = (u64)(sig >> drop);
    u128 half = (u128)1 << (drop - 1), rest = sig & (2 * half - 1);
    switch (rm) {
    case FP_RNE: return kept + (rest + (kept & 1) > half);
    case FP_RDN: return kept + (sign && rest);
    case FP_RUP: return kept + (!sign && rest);
    case FP_RMM: return kept + (rest >= half);
    default: return kept;
    }
}

/* Too large for the format: infinity, or the largest finite number where the mode rounds inwards
 * (IEEE 754-2019, 7.4). */
GENERIC u64 overflow(struct format f, bool sign, unsigned rm, unsigned *flags)
{
    bool inwards = rm == FP_RTZ || rm == (sign ? FP_RUP : FP_RDN);
    *flags |= FP_OF | FP_NX;
    return infinity(f) - inwards;
}

GENERIC u64 pack_special(struct format f, struct num n, unsigned *flags)
{
    if (n.kind == INFINITE) return infinity(f) | (n.sign ? sign_bit(f) : 0);
    if (n.kind == SIGNALLING) *flags |= FP_NV;
    return canonical_nan(f);
}

/* Whether a number below the normal range stays there when it is rounded as if the exponent had no
 * lower bound: the definition of "tininess after rounding" (IEEE 754-2019, 7.5). */
GENERIC bool is_tiny(struct format f, struct num n, unsigned rm)
{
    u64 next_power = BIT(f.fbits + 1);
    return n.exp < exp_min(f) - 1 || round_off(n.sig, POINT - f.fbits, n.sign, rm) != next_power;
}

/* The leading one of the rounded significand adds 1 to the exponent field below which it is placed:
 * that is why the field starts from 0 for exp_min, why a subnormal, which has no leading one, gets
 * field 0, and why a carry out of the fraction needs no care. */
GENERIC u64 pack(struct format f, struct num n, unsigned rm, unsigned *flags)
{
    const unsigned drop = POINT - f.fbits;
    bool tiny = false;
    if (RARE(n.kind != FINITE)) return pack_special(f, n, flags);
    if (RARE(n.sig == 0)) return n.sign ? sign_bit(f) : 0;

    n = normalise(n);
    if (RARE(n.exp < exp_min(f))) {
        tiny = is_tiny(f, n, rm);
        n.sig = shift_right_sticky(n.sig, (unsigned)(exp_min(f) - n.exp));
        n.exp = exp_min(f);
    }
    u64 field = (u64)(n.exp - exp_min(f));
    u64 bits = (field << f.fbits) + round_off(n.sig, drop, n.sign, rm);
    if (RARE(bits >= infinity(f)))
        bits = overflow(f, n.sign, rm, flags);
    else if (n.sig << (128 - drop))
        *flags |= tiny ? FP_NX | FP_UF : FP_NX;
    return bits | (n.sign ? sign_bit(f) : 0);
}

/* ---- arithmetic ---- */

GENERIC struct num sum_special(struct num a, struct num b)
{
    struct num n = a.kind == INFINITE ? a : b;
    n.kind = greater_kind(a.kind, b.kind);
    if (a.kind == INFINITE && b.kind == INFINITE && a.sign != b.sign) n.kind = SIGNALLING;
    return n;
}

/* The sticky bit of the aligned operand is safe: when bits are lost the exponents are so far apart
 * that the difference loses one leading bit at most. An exact zero is negative only when both
 * operands are or when rounding down (IEEE 754-2019, 6.3). */
GENERIC struct num sum(struct num a, struct num b, unsigned rm)
{
    if (RARE((a.kind | b.kind) != FINITE)) return sum_special(a, b);
    struct num big = a.exp < b.exp ? b : a, small = a.exp < b.exp ? a : b;
    small.sig = shift_right_sticky(small.sig, (unsigned)(big.exp - small.exp));
    if (big.sign == small.sign) {
        big.sig += small.sig;
        return big;
    }
    if (big.sig < small.sig) {
        big.sign = small.sign;
        big.sig = small.sig - big.sig;
        return big;
    }
    big.sig -= small.sig;
    if (big.sig == 0) big.sign = rm == FP_RDN;
    return big;
}

GENERIC struct num product_special(struct num a, struct num b)
{
    struct num n = {greater_kind(a.kind, b.kind), a.sign != b.sign, 0, 0};
    if (n.kind == INFINITE && (is_zero(a) || is_zero(b))) n.kind = SIGNALLING;
    return n;
}

/* Exact: unpacked significands are zero below bit 64. */
GENERIC struct num product(struct num a, struct num b)
{
    if (RARE((a.kind | b.kind) != FINITE)) return product_special(a, b);
    struct num n = {FINITE, a.sign != b.sign, a.exp + b.exp + 128 - POINT, 0};
    n.sig = (u128)(u64)(a.sig >> 64) * (u64)(b.sig >> 64);
    return n;
}

GENERIC struct num quotient_special(struct num a, struct num b, unsigned *flags)
{
    struct num n = {greater_kind(a.kind, b.kind), a.sign != b.sign, 0, 0};
    if (n.kind > INFINITE) return n;
    if ((is_zero(a) && is_zero(b)) || (a.kind == INFINITE && b.kind == INFINITE)) {
        n.kind = SIGNALLING;
    } else if (b.kind == INFINITE) {
        n.kind = FINITE;
    } else if (is_zero(b)) {
        if (a.kind == FINITE) *flags |= FP_DZ;
        n.kind = INFINITE;
    }
    return n;
}

/* The dividend gives up two of its low zeros so that the quotient fits in 63 bits. */
GENERIC struct num quotient(struct num a, struct num b, unsigned *flags)
{
    if (RARE((a.kind | b.kind) != FINITE || b.sig == 0)) return quotient_special(a, b, flags);
    struct num n = {FINITE, a.sign != b.sign, a.exp - b.exp, 0};
    u128 dividend = a.sig >> 2;
    u64 divisor = (u64)(b.sig >> 64), q = (u64)(dividend / divisor);
    bool exact = (u128)q * divisor == dividend;
    n.sig = (u128)q << 64 | !exact;
    return n;
}

/* The integer square root of n, 2^126 <= n < 2^128, by Newton's method.
 *
 * Each step takes a root r of k bits, within one of the root of the leading 2k bits of n, to one of
 * 2k bits, within one of the root of the leading 4k bits, N: (r * 2^k + N / (r * 2^k)) / 2, where
 * N / 2^(k+1) is the leading 3k - 1 bits of n. The last result is the root or one more. */
GENERIC u64 integer_root(u128 n)
{
    u64 top = (u64)(n >> 64), r = 1;
    for (unsigned k = 1; k < 32; k *= 2) r = (r << (k - 1)) + (top >> (65 - 3 * k)) / r;
    r = (r << 31) + (u64)((n >> 33) / r);
    return r - ((u128)r * r > n);
}

GENERIC struct num root(struct num n)
{
    if (n.kind > INFINITE || is_zero(n)) return n;
    if (n.sign) n.kind = SIGNALLING;
    if (n.kind != FINITE) return n;
    if (n.exp & 1) {
        n.sig <<= 1;
        n.exp--;
    }
    u64 r = integer_root(n.sig);
    bool exact = (u128)r * r == n.sig;
    n.sig = (u128)r << 63 | !exact;
    n.exp /= 2;
    return n;
}

GENERIC u64 fp_add(struct format f, u64 a, u64 b, unsigned rm, unsigned *flags)
{
    return pack(f, sum(unpack(f, a), unpack(f, b), rm), rm, flags);
}

GENERIC u64 fp_sub(struct format f, u64 a, u64 b, unsigned rm, unsigned *flags)
{
    return fp_add(f, a, b ^ sign_bit(f), rm, flags);
}

GENERIC u64 fp_mul(struct format f, u64 a, u64 b, unsigned rm, unsigned *flags)
{
    return pack(f, product(unpack(f, a), unpack(f, b)), rm, flags);
}

GENERIC u64 fp_div(struct format f, u64 a, u64 b, unsigned rm, unsigned *flags)
{
    return pack(f, quotient(unpack(f, a), unpack(f, b), flags), rm, flags);
}

GENERIC u64 fp_sqrt(struct format f, u64 a, unsigned rm, unsigned *flags)
{
    return pack(f, root(unpack(f, a)), rm, flags);
}

GENERIC u64 fp_fma(struct format f, u64 a, u64 b, u64 c, unsigned rm, unsigned *flags)
{
    struct num ab = product(unpack(f, a), unpack(f, b));
    return pack(f, sum(ab, unpack(f, c), rm), rm, flags);
}

/* ---- comparison ---- */

/* An integer that orders numbers as the format does, with -0 just below +0. */
GENERIC s64 order(struct format f, u64 a)
{
    s64 m = (s64)magnitude(f, a);
    return is_negative(f, a) ? ~m : m;
}

/* True when a or b is a NaN. A quiet one is invalid only to a signalling comparison. */
GENERIC bool unordered(struct format f, u64 a, u64 b, bool signalling, unsigned *flags)
{
    if (LIKELY(!is_nan(f, a) && !is_nan(f, b))) return false;
    if (signalling || is_signalling(f, a) || is_signalling(f, b)) *flags |= FP_NV;
    return true;
}

GENERIC bool equal(struct format f, u64 a, u64 b)
{
    return order(f, a) == order(f, b) || magnitude(f, a | b) == 0;
}

GENERIC bool less(struct format f, u64 a, u64 b)
{
    return order(f, a) < order(f, b) && !equal(f, a, b);
}

GENERIC u64 fp_eq(struct format f, u64 a, u64 b, unsigned *flags)
{
    return !unordered(f, a, b, false, flags) && equal(f, a, b);
}

GENERIC u64 fp_lt(struct format f, u64 a, u64 b, unsigned *flags)
{
    return !unordered(f, a, b, true, flags) && less(f, a, b);
}

GENERIC u64 fp_le(struct format f, u64 a, u64 b, unsigned *flags)
{
    return !unordered(f, a, b, true, flags) && !less(f, b, a);
}

GENERIC u64 fp_ltq(struct format f, u64 a, u64 b, unsigned *flags)
{
    return !unordered(f, a, b, false, flags) && less(f, a, b);
}

GENERIC u64 fp_leq(struct format f, u64 a, u64 b, unsigned *flags)
{
    return !unordered(f, a, b, false, flags) && !less(f, b, a);
}

GENERIC u64 fp_minm(struct format f, u64 a, u64 b, unsigned *flags)
{
    if (unordered(f, a, b, false, flags)) return canonical_nan(f);
    return bits_of(f, order(f, a) < order(f, b) ? a : b);
}

GENERIC u64 fp_maxm(struct format f, u64 a, u64 b, unsigned *flags)
{
    if (unordered(f, a, b, false, flags)) return canonical_nan(f);
    return bits_of(f, order(f, a) < order(f, b) ? b : a);
}

/* A NaN gives way to the other operand; two give the canonical one. */
GENERIC u64 fp_min(struct format f, u64 a, u64 b, unsigned *flags)
{
    if (LIKELY(is_nan(f, a) == is_nan(f, b))) return fp_minm(f, a, b, flags);
    unordered(f, a, b, false, flags);
    return bits_of(f, is_nan(f, a) ? b : a);
}

GENERIC u64 fp_max(struct format f, u64 a, u64 b, unsigned *flags)
{
    if (LIKELY(is_nan(f, a) == is_nan(f, b))) return fp_maxm(f, a, b, flags);
    unordered(f, a, b, false, flags);
    return bits_of(f, is_nan(f, a) ? b : a);
}

/* The one-hot result of FCLASS (unprivileged specification, F, "Classify Instruction"). */
GENERIC u64 fp_classify(struct format f, u64 a)
{
    u64 m = magnitude(f, a);
    if (m > infinity(f)) return is_signalling(f, a) ? BIT(8) : BIT(9);
    unsigned size = m == infinity(f) ? 3 : m > MASK(f.fbits - 1, 0) ? 2 : m ? 1 : 0;
    return is_negative(f, a) ? BIT(3 - size) : BIT(4 + size);
}

/* ---- integers ---- */

/* The magnitude of n as an integer; n is finite and below 2^64. */
GENERIC u64 round_to_integer(struct num n, unsigned rm, bool *inexact)
{
    if (n.exp < -1) {
        n.sig = n.sig != 0;
        n.exp = -1;
    }
    unsigned drop = (unsigned)(POINT - n.exp);
    *inexact = n.sig << (128 - drop) != 0;
    return round_off(n.sig, drop, n.sign, rm);
}

enum signedness { UNSIGNED, SIGNED };

/* A NaN saturates like plus infinity. An out-of-range number is invalid and not inexact. */
GENERIC u64 to_integer(struct format f, u64 a, unsigned width, enum signedness s, unsigned rm,
                       unsigned *flags)
{
    struct num n = unpack(f, a);
    bool negative = n.sign && n.kind <= INFINITE, inexact = false;
    u64 limit = s == SIGNED ? BIT(width - 1) - !negative : negative ? 0 : MASK(width - 1, 0);
    bool fits = n.kind == FINITE && n.exp < 64;
    u64 m = fits ? round_to_integer(n, rm, &inexact) : 0;
    if (!fits || m > limit) {
        *flags |= FP_NV;
        m = limit;
    } else if (inexact) {
        *flags |= FP_NX;
    }
    u64 value = negative ? -m : m;
    return width == 32 ? (u64)(s64)(s32)value : value;
}

GENERIC u64 from_magnitude(struct format f, bool sign, u64 m, unsigned rm, unsigned *flags)
{
    struct num n = {FINITE, sign, POINT, m};
    return pack(f, n, rm, flags);
}

GENERIC u64 from_signed(struct format f, s64 x, unsigned rm, unsigned *flags)
{
    return from_magnitude(f, x < 0, x < 0 ? -(u64)x : (u64)x, rm, flags);
}

GENERIC u64 fp_roundnx(struct format f, u64 a, unsigned rm, unsigned *flags)
{
    struct num n = unpack(f, a);
    bool inexact;
    if (n.kind != FINITE || n.exp >= (int)f.fbits) return pack(f, n, rm, flags);
    u64 m = round_to_integer(n, rm, &inexact);
    if (inexact) *flags |= FP_NX;
    return from_magnitude(f, n.sign, m, rm, flags);
}

GENERIC u64 fp_round(struct format f, u64 a, unsigned rm, unsigned *flags)
{
    unsigned raised = 0;
    u64 bits = fp_roundnx(f, a, rm, &raised);
    *flags |= raised & ~(unsigned)FP_NX;
    return bits;
}

/* In two's complement, what a shift leaves in the low half is the value modulo 2^32. */
u64 f64_mod_i32(u64 a, unsigned *flags)
{
    struct num n = unpack(f64, a);
    to_integer(f64, a, 32, SIGNED, FP_RTZ, flags);
    if (n.kind != FINITE || n.exp < 0 || n.exp > POINT) return 0;
    u32 m = (u32)(n.sig >> (POINT - n.exp));
    return (u64)(s64)(s32)(n.sign ? -m : m);
}

/* ---- the interface, for each format ---- */

#define ROUNDED_1(F, OP)                                                                           \
    u64 F##_##OP(u64 a, unsigned rm, unsigned *flags)                                              \
    {                                                                                              \
        return fp_##OP(F, a, rm, flags);                                                           \
    }
#define ROUNDED_2(F, OP)                                                                           \
    u64 F##_##OP(u64 a, u64 b, unsigned rm, unsigned *flags)                                       \
    {                                                                                              \
        return fp_##OP(F, a, b, rm, flags);                                                        \
    }
#define EXACT_2(F, OP)                                                                             \
    u64 F##_##OP(u64 a, u64 b, unsigned *flags)                                                    \
    {                                                                                              \
        return fp_##OP(F, a, b, flags);                                                            \
    }

#define TO_INTEGER(F, I, WIDTH, SIGNEDNESS)                                                        \
    u64 F##_to_##I(u64 a, unsigned rm, unsigned *flags)                                            \
    {                                                                                              \
        return to_integer(F, a, WIDTH, SIGNEDNESS, rm, flags);                                     \
    }

#define OPERATIONS(F)                                                                              \
    ROUNDED_2(F, add)                                                                              \
    ROUNDED_2(F, sub)                                                                              \
    ROUNDED_2(F, mul)                                                                              \
    ROUNDED_2(F, div)                                                                              \
    ROUNDED_1(F, sqrt)                                                                             \
    u64 F##_fma(u64 a, u64 b, u64 c, unsigned rm, unsigned *flags)                                 \
    {                                                                                              \
        return fp_fma(F, a, b, c, rm, flags);                                                      \
    }                                                                                              \
    EXACT_2(F, min)                                                                                \
    EXACT_2(F, max)                                                                                \
    EXACT_2(F, minm)                                                                               \
    EXACT_2(F, maxm)                                                                               \
    EXACT_2(F, eq)                                                                                 \
    EXACT_2(F, lt)                                                                                 \
    EXACT_2(F, le)                                                                                 \
    EXACT_2(F, ltq)                                                                                \
    EXACT_2(F, leq)                                                                                \
    u64 F##_classify(u64 a)                                                                        \
    {                                                                                              \
        return fp_classify(F, a);                                                                  \
    }                                                                                              \
    ROUNDED_1(F, round)                                                                            \
    ROUNDED_1(F, roundnx)                                                                          \
    TO_INTEGER(F, i32, 32, SIGNED)                                                                 \
    TO_INTEGER(F, u32, 32, UNSIGNED)                                                               \
    TO_INTEGER(F, i64, 64, SIGNED)                                                                 \
    TO_INTEGER(F, u64, 64, UNSIGNED)                                                               \
    u64 i32_to_##F(s32 x, unsigned rm, unsigned *flags)                                            \
    {                                                                                              \
        return from_signed(F, x, rm, flags);                                                       \
    }                                                                                              \
    u64 i64_to_##F(s64 x, unsigned rm, unsigned *flags)                                            \
    {                                                                                              \
        return from_signed(F, x, rm, flags);                                                       \
    }                                                                                              \
    u64 u32_to_##F(u32 x, unsigned rm, unsigned *flags)                                            \
    {                                                                                              \
        return from_magnitude(F, false, x, rm, flags);                                             \
    }                                                                                              \
    u64 u64_to_##F(u64 x, unsigned rm, unsigned *flags)                                            \
    {                                                                                              \
        return from_magnitude(F, false, x, rm, flags);                                             \
    }

OPERATIONS(f16)
OPERATIONS(f32)
OPERATIONS(f64)

#define CONVERSION(FROM, TO)                                                                       \
    u64 FROM##_to_##TO(u64 a, unsigned rm, unsigned *flags)                                        \
    {                                                                                              \
        return pack(TO, unpack(FROM, a), rm, flags);                                               \
    }

CONVERSION(f16, f32)
CONVERSION(f16, f64)
CONVERSION(f32, f16)
CONVERSION(f32, f64)
CONVERSION(f64, f16)
CONVERSION(f64, f32)
