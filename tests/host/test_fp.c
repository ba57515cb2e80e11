/* hart/fp against MPFR: every operation, format and rounding mode, results and flags.
 *
 * Build: cc -std=gnu11 -O2 -I. tests/host/test_fp.c hart/fp/fp.c -lcmocka -lmpfr -lgmp
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <mpfr.h>

#include "hart/fp/fp.h"
#include "tests/host/test_fp.h"

enum { MODES = 5 };
static const mpfr_rnd_t mpfr_modes[] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDD, MPFR_RNDU};
static const char *const mode_names[MODES] = {"rne", "rtz", "rdn", "rup", "rmm"};

/* A case's result, ours or MPFR's. */
struct result {
    u64 bits;
    unsigned flags;
};

/* Operands, result, scratch. Truncation to WIDE bits keeps every bit that decides a rounding to
 * nearest-away (see round_away). */
enum { WIDE = 200 };
static mpfr_t in[3], out, wide;

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) mpfr_init2(in[i], 64);
    mpfr_init2(out, 64);
    mpfr_init2(wide, WIDE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpfr_clears(in[0], in[1], in[2], out, wide, (mpfr_ptr)0);
    mpfr_free_cache();
    return 0;
}

/* ---- between bit patterns and MPFR ---- */

static int min_exp(const struct fp_layout *l)
{
    return 1 - fp_bias(l);
}

static void decode(mpfr_t x, const struct fp_layout *l, u64 bits)
{
    int field = (int)(bits >> l->fbits & (BIT(l->ebits) - 1));
    u64 fraction = bits & (BIT(l->fbits) - 1);
    bool negative = bits >> (l->ebits + l->fbits) & 1;
    if (field == 2 * fp_bias(l) + 1) {
        if (fraction)
            mpfr_set_nan(x);
        else
            mpfr_set_inf(x, 1);
    } else if (field == 0) {
        mpfr_set_ui_2exp(x, fraction, min_exp(l) - l->fbits, MPFR_RNDN);
    } else {
        mpfr_set_ui_2exp(x, fraction | BIT(l->fbits), field - fp_bias(l) - l->fbits, MPFR_RNDN);
    }
    mpfr_setsign(x, x, negative, MPFR_RNDN);
}

/* x is a value of the format. */
static u64 encode(mpfr_t x, const struct fp_layout *l)
{
    bool sign = mpfr_signbit(x);
    if (mpfr_nan_p(x)) return fp_nan(l);
    if (mpfr_inf_p(x)) return fp_make(l, sign, 2 * fp_bias(l) + 1, 0);
    if (mpfr_zero_p(x)) return fp_make(l, sign, 0, 0);
    int exp = (int)mpfr_get_exp(x) - 1, e = exp < min_exp(l) ? min_exp(l) : exp;
    mpfr_t m;
    mpfr_init2(m, 64);
    mpfr_abs(m, x, MPFR_RNDN);
    mpfr_mul_2si(m, m, l->fbits - e, MPFR_RNDN);
    assert_true(mpfr_integer_p(m));
    u64 integer = mpfr_get_ui(m, MPFR_RNDN);
    mpfr_clear(m);
    if (exp < min_exp(l)) return fp_make(l, sign, 0, integer);
    return fp_make(l, sign, e + fp_bias(l), integer - BIT(l->fbits));
}

/* ---- correct rounding to a format ---- */

typedef int mpfr_op(mpfr_t r, mpfr_rnd_t rnd); /* from in[]; returns MPFR's ternary value */

/* Round x to a multiple of 2^quantum, ties away from zero. It only matters where x lies among the
 * multiples of half the quantum, so a truncated x gives the right result. */
static void round_away(mpfr_t r, mpfr_t x, long quantum)
{
    mpfr_set_prec(r, WIDE);
    mpfr_mul_2si(r, x, -quantum, MPFR_RNDN);
    mpfr_round(r, r);
    mpfr_mul_2si(r, r, quantum, MPFR_RNDN);
}

static bool below_normal(mpfr_t x, const struct fp_layout *l)
{
    return !mpfr_zero_p(x) && mpfr_get_exp(x) - 1 < min_exp(l);
}

/* MPFR has no such mode for subnormals: round the wide result by hand. */
static unsigned compute_rmm(mpfr_op *op, const struct fp_layout *l)
{
    unsigned flags = 0;
    int precision = l->fbits + 1, ternary = op(wide, MPFR_RNDZ);
    mpfr_set_prec(out, WIDE);
    mpfr_set(out, wide, MPFR_RNDN);
    if (!mpfr_regular_p(wide)) return 0;

    round_away(out, wide, mpfr_get_exp(wide) - precision);
    bool tiny = below_normal(out, l);
    long quantum = mpfr_get_exp(wide) - precision, least = min_exp(l) - l->fbits;
    round_away(out, wide, quantum > least ? quantum : least);
    if (ternary || !mpfr_equal_p(out, wide)) flags = tiny ? FP_NX | FP_UF : FP_NX;
    if (!mpfr_zero_p(out) && mpfr_get_exp(out) - 1 > fp_bias(l)) {
        mpfr_set_inf(out, mpfr_sgn(out));
        flags = FP_NX | FP_OF;
    }
    return flags;
}

/* The recipe of MPFR's manual for IEEE 754 formats: round with an unbounded exponent, then bring
 * the result into range. The first result is the one that decides on tininess after rounding. */
static unsigned compute(mpfr_op *op, const struct fp_layout *l, mpfr_rnd_t rnd)
{
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_set_prec(out, l->fbits + 1);
    int ternary = op(out, rnd);
    bool tiny = mpfr_regular_p(out) && below_normal(out, l);
    bool finite = mpfr_number_p(out);

    mpfr_set_emin(min_exp(l) - l->fbits + 1);
    mpfr_set_emax(fp_bias(l) + 1);
    mpfr_clear_overflow();
    ternary = mpfr_check_range(out, ternary, rnd);
    ternary = mpfr_subnormalize(out, ternary, rnd);
    bool overflow = finite && mpfr_overflow_p();
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);

    if (overflow) return FP_OF | FP_NX;
    if (ternary) return tiny ? FP_NX | FP_UF : FP_NX;
    return 0;
}

/* What op must give; nan_in tells that an operand was a NaN. */
static struct result expected(mpfr_op *op, const struct fp_layout *l, unsigned rm, bool nan_in)
{
    struct result r;
    mpfr_clear_flags();
    r.flags = rm == FP_RMM ? compute_rmm(op, l) : compute(op, l, mpfr_modes[rm]);
    if (mpfr_divby0_p()) r.flags |= FP_DZ;
    if (mpfr_nan_p(out) && !nan_in) r.flags |= FP_NV;
    r.bits = encode(out, l);
    return r;
}

/* ---- arithmetic ---- */

static int op_add(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_add(r, in[0], in[1], rnd);
}
static int op_sub(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_sub(r, in[0], in[1], rnd);
}
static int op_mul(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_mul(r, in[0], in[1], rnd);
}
static int op_div(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_div(r, in[0], in[1], rnd);
}
static int op_fma(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_fma(r, in[0], in[1], in[2], rnd);
}
static int op_sqrt(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_sqrt(r, in[0], rnd);
}
static int op_set(mpfr_t r, mpfr_rnd_t rnd)
{
    return mpfr_set(r, in[0], rnd);
}

typedef u64 fp_fn1(u64 a, unsigned rm, unsigned *flags);
typedef u64 fp_fn2(u64 a, u64 b, unsigned rm, unsigned *flags);
typedef u64 fp_fn3(u64 a, u64 b, u64 c, unsigned rm, unsigned *flags);

struct operation {
    const char *name;
    int arity;
    mpfr_op *reference;
    fp_fn1 *one[FORMATS];
    fp_fn2 *two[FORMATS];
    fp_fn3 *three[FORMATS];
};

static const struct operation operations[] = {
    {"add",  2, op_add,  .two = {f16_add, f32_add, f64_add}   },
    {"sub",  2, op_sub,  .two = {f16_sub, f32_sub, f64_sub}   },
    {"mul",  2, op_mul,  .two = {f16_mul, f32_mul, f64_mul}   },
    {"div",  2, op_div,  .two = {f16_div, f32_div, f64_div}   },
    {"sqrt", 1, op_sqrt, .one = {f16_sqrt, f32_sqrt, f64_sqrt}},
    {"fma",  3, op_fma,  .three = {f16_fma, f32_fma, f64_fma} },
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

static struct result ours(const struct operation *op, int format, const u64 x[3], unsigned rm)
{
    struct result r = {0, 0};
    switch (op->arity) {
    case 1: r.bits = op->one[format](x[0], rm, &r.flags); break;
    case 2: r.bits = op->two[format](x[0], x[1], rm, &r.flags); break;
    default: r.bits = op->three[format](x[0], x[1], x[2], rm, &r.flags); break;
    }
    return r;
}

static void compare(const char *what, const char *format, const u64 x[3], unsigned rm,
                    struct result got, struct result want)
{
    if (got.bits == want.bits && got.flags == want.flags) return;
    fail_msg("%s %s %s(%llx, %llx, %llx): %llx flags %x, not %llx flags %x", what, format,
             mode_names[rm], (unsigned long long)x[0], (unsigned long long)x[1],
             (unsigned long long)x[2], (unsigned long long)want.bits, want.flags,
             (unsigned long long)got.bits, got.flags);
}

/* MPFR has one NaN and lets it hide an invalid product. */
static unsigned invalid_operands(const struct operation *op, const struct fp_layout *l,
                                 const u64 x[3])
{
    for (int i = 0; i < op->arity; i++)
        if (fp_is_snan(l, x[i])) return FP_NV;
    bool zero = mpfr_zero_p(in[0]) || mpfr_zero_p(in[1]);
    bool infinite = mpfr_inf_p(in[0]) || mpfr_inf_p(in[1]);
    return op->arity == 3 && zero && infinite ? FP_NV : 0;
}

static void check(const struct operation *op, int format, const u64 x[3])
{
    const struct fp_layout *l = &fp_layouts[format];
    bool nan_in = false;
    for (int i = 0; i < op->arity; i++) {
        decode(in[i], l, x[i]);
        nan_in |= fp_is_nan(l, x[i]);
    }
    unsigned invalid = invalid_operands(op, l, x);
    for (unsigned rm = 0; rm < MODES; rm++) {
        struct result want = expected(op->reference, l, rm, nan_in);
        want.flags |= invalid;
        compare(op->name, l->name, x, rm, ours(op, format, x, rm), want);
    }
}

/* Every combination of corner values. */
static void arithmetic_corners(void **state)
{
    (void)state;
    u64 c[CORNERS_MAX];
    for (int f = 0; f < FORMATS; f++)
        for (const struct operation *op = operations; op < operations + OPERATIONS; op++) {
            size_t n = fp_corners(&fp_layouts[f], op->arity == 3, c);
            size_t second = op->arity >= 2 ? n : 1, third = op->arity >= 3 ? n : 1;
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < second; j++)
                    for (size_t k = 0; k < third; k++) check(op, f, (u64[]){c[i], c[j], c[k]});
        }
}

/* A sum that almost cancels, where a product rounded before the addition would show. */
static void fma_cancellation(void **state)
{
    (void)state;
    const struct operation *fma = &operations[OPERATIONS - 1];
    for (int f = 0; f < FORMATS; f++)
        for (int i = 0; i < 20000; i++) {
            const struct fp_layout *l = &fp_layouts[f];
            u64 a = fp_random(l), b = fp_random(l);
            u64 ab = ours(&operations[2], f, (u64[]){a, b, 0}, FP_RNE).bits;
            u64 c = (ab ^ BIT(l->ebits + l->fbits)) + (fp_random_bits() & 3);
            check(fma, f, (u64[]){a, b, c});
        }
}

/* (2^52 + 2^26) * (2^52 - 2^26 + 1) is 2^104 + 2^26. Its first bit carries the addend into the next
 * power of two, and only its last one tells that the sum is not exact. */
static void fma_carry_with_lone_bit(void **state)
{
    (void)state;
    const struct fp_layout *l = &fp_layouts[F64];
    u64 a = fp_make(l, 0, 1023 + 52, BIT(26)), b = fp_make(l, 0, 1023 + 51, BIT(52) - BIT(27) + 2);
    u64 c = fp_make(l, 0, 1023 + 156, BIT(52) - 1);
    check(&operations[OPERATIONS - 1], F64, (u64[]){a, b, c});
    check(&operations[OPERATIONS - 1], F64, (u64[]){a ^ BIT(63), b, c ^ BIT(63)});
}

static void arithmetic_random(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++)
        for (const struct operation *op = operations; op < operations + OPERATIONS; op++)
            for (int i = 0; i < 40000; i++) {
                const struct fp_layout *l = &fp_layouts[f];
                check(op, f, (u64[]){fp_random(l), fp_random(l), fp_random(l)});
            }
}

static void sqrt_f16_exhaustive(void **state)
{
    (void)state;
    const struct operation *op = &operations[4];
    for (u64 a = 0; a <= 0xffff; a++) check(op, F16, (u64[]){a, 0, 0});
}

/* ---- between formats ---- */

static const struct conversion {
    const char *name;
    int from, to;
    fp_fn1 *convert;
} conversions[] = {
    {"to f32", F16, F32, f16_to_f32},
    {"to f64", F16, F64, f16_to_f64},
    {"to f16", F32, F16, f32_to_f16},
    {"to f64", F32, F64, f32_to_f64},
    {"to f16", F64, F16, f64_to_f16},
    {"to f32", F64, F32, f64_to_f32},
};
enum { CONVERSIONS = sizeof conversions / sizeof *conversions };

static void check_conversion(const struct conversion *c, u64 a)
{
    const struct fp_layout *from = &fp_layouts[c->from];
    decode(in[0], from, a);
    for (unsigned rm = 0; rm < MODES; rm++) {
        struct result want = expected(op_set, &fp_layouts[c->to], rm, true), got = {0, 0};
        if (fp_is_snan(from, a)) want.flags |= FP_NV;
        got.bits = c->convert(a, rm, &got.flags);
        compare(c->name, from->name, (u64[]){a, 0, 0}, rm, got, want);
    }
}

/* A value of the narrower format, and a few units of the wider one on either side of it. */
static u64 near_narrow_value(const struct conversion *c)
{
    const struct fp_layout *narrow = &fp_layouts[c->to];
    u64 wide_fraction = BIT(fp_layouts[c->from].fbits - narrow->fbits - 1);
    decode(in[0], narrow, fp_random(narrow));
    u64 value = encode(in[0], &fp_layouts[c->from]);
    return value + (fp_random_bits() & 1) * wide_fraction + (fp_random_bits() & 3) - 1;
}

static void conversions_between_formats(void **state)
{
    (void)state;
    u64 corners[CORNERS_MAX];
    for (const struct conversion *c = conversions; c < conversions + CONVERSIONS; c++) {
        size_t n = fp_corners(&fp_layouts[c->from], false, corners);
        for (size_t i = 0; i < n; i++) check_conversion(c, corners[i]);
        for (int i = 0; i < 40000; i++) check_conversion(c, fp_random(&fp_layouts[c->from]));
        for (int i = 0; i < 40000 && c->to < c->from; i++)
            check_conversion(c, near_narrow_value(c));
    }
    for (u64 a = 0; a <= 0xffff; a++) {
        check_conversion(&conversions[0], a);
        check_conversion(&conversions[1], a);
    }
}

/* ---- integers ---- */

/* in[0] as an integer, in out. */
static bool round_integral(unsigned rm)
{
    mpfr_set_prec(out, WIDE);
    if (rm == FP_RMM)
        mpfr_round(out, in[0]);
    else
        mpfr_rint(out, in[0], mpfr_modes[rm]);
    return !mpfr_equal_p(out, in[0]);
}

static const struct to_integer {
    const char *name;
    s64 least;
    u64 greatest;
    fp_fn1 *convert[FORMATS];
} to_integers[] = {
    {"to i32", INT32_MIN, INT32_MAX,  {f16_to_i32, f32_to_i32, f64_to_i32}},
    {"to u32", 0,         UINT32_MAX, {f16_to_u32, f32_to_u32, f64_to_u32}},
    {"to i64", INT64_MIN, INT64_MAX,  {f16_to_i64, f32_to_i64, f64_to_i64}},
    {"to u64", 0,         UINT64_MAX, {f16_to_u64, f32_to_u64, f64_to_u64}},
};
enum { TO_INTEGERS = sizeof to_integers / sizeof *to_integers };

/* The integer in the register before sign extension: saturated, or that in out. */
static u64 saturate(const struct to_integer *t, bool *invalid)
{
    bool too_small = !mpfr_nan_p(out) && mpfr_cmp_si(out, t->least) < 0;
    bool too_great = mpfr_nan_p(out) || mpfr_cmp_ui(out, t->greatest) > 0;
    *invalid = too_small || too_great;
    if (too_small) return (u64)t->least;
    if (too_great) return t->greatest;
    return mpfr_sgn(out) < 0 ? (u64)mpfr_get_si(out, MPFR_RNDN) : mpfr_get_ui(out, MPFR_RNDN);
}

static void check_to_integer(const struct to_integer *t, int format, u64 a)
{
    const struct fp_layout *l = &fp_layouts[format];
    decode(in[0], l, a);
    for (unsigned rm = 0; rm < MODES; rm++) {
        struct result want = {0, 0}, got = {0, 0};
        bool invalid, inexact = round_integral(rm);
        want.bits = saturate(t, &invalid);
        want.flags = invalid ? FP_NV : inexact ? FP_NX : 0;
        if (t->greatest <= UINT32_MAX) want.bits = (u64)(s64)(s32)(u32)want.bits;
        got.bits = t->convert[format](a, rm, &got.flags);
        compare(t->name, l->name, (u64[]){a, 0, 0}, rm, got, want);
    }
}

/* A value of the format around a limit of some integer type or around a half. */
static u64 near_integer_limit(int format)
{
    static const int powers[] = {-2, -1, 0, 1, 15, 16, 30, 31, 32, 33, 62, 63, 64, 65};
    const struct fp_layout *l = &fp_layouts[format];
    u64 r = fp_random_bits();
    int exp = powers[r % (sizeof powers / sizeof *powers)];
    if (exp > fp_bias(l)) exp = fp_bias(l);
    return fp_make(l, r >> 63, exp + fp_bias(l), 0) + (r >> 32 & 7) - 4;
}

static void to_integer(void **state)
{
    (void)state;
    u64 corners[CORNERS_MAX];
    for (const struct to_integer *t = to_integers; t < to_integers + TO_INTEGERS; t++) {
        for (int f = 0; f < FORMATS; f++) {
            size_t n = fp_corners(&fp_layouts[f], false, corners);
            for (size_t i = 0; i < n; i++) check_to_integer(t, f, corners[i]);
            for (int i = 0; i < 20000; i++) check_to_integer(t, f, near_integer_limit(f));
            for (int i = 0; i < 20000; i++) check_to_integer(t, f, fp_random(&fp_layouts[f]));
        }
        for (u64 a = 0; a <= 0xffff; a++) check_to_integer(t, F16, a);
    }
}

typedef u64 from_integer_fn(u64 x, unsigned rm, unsigned *flags);

/* Bring the narrower argument types into one signature. */
#define FROM_INTEGER(I, T, F)                                                                      \
    static u64 I##_##F(u64 x, unsigned rm, unsigned *flags)                                        \
    {                                                                                              \
        return I##_to_##F((T)x, rm, flags);                                                        \
    }
FROM_INTEGER(i32, s32, f16)
FROM_INTEGER(i32, s32, f32)
FROM_INTEGER(i32, s32, f64)
FROM_INTEGER(u32, u32, f16)
FROM_INTEGER(u32, u32, f32)
FROM_INTEGER(u32, u32, f64)
FROM_INTEGER(i64, s64, f16)
FROM_INTEGER(i64, s64, f32)
FROM_INTEGER(i64, s64, f64)

enum integer_type { I32, U32, I64, U64, INTEGER_TYPES };
static from_integer_fn *const from_integers[INTEGER_TYPES][FORMATS] = {
    {i32_f16,    i32_f32,    i32_f64   },
    {u32_f16,    u32_f32,    u32_f64   },
    {i64_f16,    i64_f32,    i64_f64   },
    {u64_to_f16, u64_to_f32, u64_to_f64},
};

static void check_from_integer(u64 x)
{
    for (int type = 0; type < INTEGER_TYPES; type++) {
        switch (type) {
        case I32: mpfr_set_si(in[0], (s32)x, MPFR_RNDN); break;
        case U32: mpfr_set_ui(in[0], (u32)x, MPFR_RNDN); break;
        case I64: mpfr_set_si(in[0], (s64)x, MPFR_RNDN); break;
        default: mpfr_set_ui(in[0], x, MPFR_RNDN); break;
        }
        for (int f = 0; f < FORMATS; f++)
            for (unsigned rm = 0; rm < MODES; rm++) {
                struct result want = expected(op_set, &fp_layouts[f], rm, false), got = {0, 0};
                got.bits = from_integers[type][f](x, rm, &got.flags);
                compare("from integer", fp_layouts[f].name, (u64[]){x, (u64)type, 0}, rm, got,
                        want);
            }
    }
}

static void from_integer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++)
        for (unsigned j = 0; j < 64; j++)
            for (u64 k = 0; k < 3; k++) check_from_integer((BIT(i) | BIT(j)) + k - 1);
    for (int i = 0; i < 20000; i++) {
        u64 r = fp_random_bits();
        check_from_integer(fp_random_bits() >> (r & 63) << (r >> 6 & 63));
    }
}

static void check_round(int format, u64 a)
{
    static fp_fn1 *const plain[] = {f16_round, f32_round, f64_round};
    static fp_fn1 *const exact[] = {f16_roundnx, f32_roundnx, f64_roundnx};
    const struct fp_layout *l = &fp_layouts[format];
    decode(in[0], l, a);
    for (unsigned rm = 0; rm < MODES; rm++) {
        struct result got = {0, 0}, want;
        bool inexact = !fp_is_nan(l, a) && round_integral(rm);
        if (fp_is_nan(l, a)) mpfr_set_nan(out);
        want.bits = encode(out, l);
        want.flags = fp_is_snan(l, a) ? FP_NV : 0;
        got.bits = plain[format](a, rm, &got.flags);
        compare("round", l->name, (u64[]){a, 0, 0}, rm, got, want);
        got.flags = 0;
        want.flags |= inexact ? FP_NX : 0;
        got.bits = exact[format](a, rm, &got.flags);
        compare("roundnx", l->name, (u64[]){a, 0, 0}, rm, got, want);
    }
}

static void round_to_integral(void **state)
{
    (void)state;
    u64 corners[CORNERS_MAX];
    for (int f = 0; f < FORMATS; f++) {
        size_t n = fp_corners(&fp_layouts[f], false, corners);
        for (size_t i = 0; i < n; i++) check_round(f, corners[i]);
        for (int i = 0; i < 20000; i++) check_round(f, near_integer_limit(f));
        for (int i = 0; i < 40000; i++) check_round(f, fp_random(&fp_layouts[f]));
    }
    for (u64 a = 0; a <= 0xffff; a++) check_round(F16, a);
}

/* The integer part modulo 2^32, by MPFR's fmod. */
static void check_mod(u64 a)
{
    struct result got = {0, 0}, want = {0, 0};
    bool invalid;
    decode(in[0], &fp_layouts[F64], a);
    bool inexact = round_integral(FP_RTZ);
    saturate(&to_integers[0], &invalid);
    want.flags = invalid ? FP_NV : inexact ? FP_NX : 0;
    if (mpfr_number_p(out)) {
        mpfr_set_ui_2exp(wide, 1, 32, MPFR_RNDN);
        mpfr_fmod(out, out, wide, MPFR_RNDN);
        want.bits = (u64)(s64)(s32)(u32)mpfr_get_si(out, MPFR_RNDN);
    }
    got.bits = f64_mod_i32(a, &got.flags);
    compare("fcvtmod", "f64", (u64[]){a, 0, 0}, FP_RTZ, got, want);
}

static void modular(void **state)
{
    (void)state;
    const struct fp_layout *l = &fp_layouts[F64];
    u64 corners[CORNERS_MAX];
    size_t n = fp_corners(l, false, corners);
    for (size_t i = 0; i < n; i++) check_mod(corners[i]);
    for (int i = 0; i < 100000; i++) {
        u64 r = fp_random_bits();
        check_mod(fp_random(l));
        check_mod(near_integer_limit(F64));
        check_mod(fp_make(l, r >> 63, fp_bias(l) - 2 + (int)(r % 100), fp_random_bits() >> 12));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_corners),  cmocka_unit_test(arithmetic_random),
        cmocka_unit_test(fma_cancellation),    cmocka_unit_test(fma_carry_with_lone_bit),
        cmocka_unit_test(sqrt_f16_exhaustive), cmocka_unit_test(conversions_between_formats),
        cmocka_unit_test(to_integer),          cmocka_unit_test(from_integer),
        cmocka_unit_test(round_to_integral),   cmocka_unit_test(modular),
    };
    return cmocka_run_group_tests_name("fp against MPFR", tests, set_up, tear_down);
}
