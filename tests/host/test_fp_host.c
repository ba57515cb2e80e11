/* hart/fp against the host's floating point: arithmetic and conversions of binary32 and binary64 in
 * the four modes that hosts have, results and flags; comparisons, minimum, maximum and classes of
 * every format by the values of its numbers as doubles; and the specification's own statements.
 *
 * Build: cc -std=gnu11 -O2 -I. tests/host/test_fp_host.c hart/fp/fp.c -lcmocka -lm
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

#include "hart/fp/fp.h"
#include "tests/host/test_fp.h"

enum { HOST_MODES = 4 };
static const int host_modes[HOST_MODES] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

#if defined __x86_64__ || defined __riscv
enum { UNDERFLOW_AFTER_ROUNDING = true };
#else
enum { UNDERFLOW_AFTER_ROUNDING = false };
#endif

struct result {
    u64 bits;
    unsigned flags;
};

static void compare(const char *what, const u64 x[3], unsigned rm, struct result got,
                    struct result want)
{
    if (got.bits == want.bits && got.flags == want.flags) return;
    fail_msg("%s mode %u (%llx, %llx, %llx): %llx flags %x, not %llx flags %x", what, rm,
             (unsigned long long)x[0], (unsigned long long)x[1], (unsigned long long)x[2],
             (unsigned long long)want.bits, want.flags, (unsigned long long)got.bits, got.flags);
}

/* ---- the host's results ---- */

/* Operands and result are volatile so that the operation stays between the accesses to the host's
 * floating-point state. */
static volatile double d[3], d_out;
static volatile float s[3], s_out;
static volatile s64 i_out;

static void s_add(void)
{
    s_out = s[0] + s[1];
}
static void s_sub(void)
{
    s_out = s[0] - s[1];
}
static void s_mul(void)
{
    s_out = s[0] * s[1];
}
static void s_div(void)
{
    s_out = s[0] / s[1];
}
static void s_sqrt(void)
{
    s_out = sqrtf(s[0]);
}
static void s_fma(void)
{
    s_out = fmaf(s[0], s[1], s[2]);
}
static void d_add(void)
{
    d_out = d[0] + d[1];
}
static void d_sub(void)
{
    d_out = d[0] - d[1];
}
static void d_mul(void)
{
    d_out = d[0] * d[1];
}
static void d_div(void)
{
    d_out = d[0] / d[1];
}
static void d_sqrt(void)
{
    d_out = sqrt(d[0]);
}
static void d_fma(void)
{
    d_out = fma(d[0], d[1], d[2]);
}
static void s_to_d(void)
{
    d_out = (double)s[0];
}
static void d_to_s(void)
{
    s_out = (float)d[0];
}
static void s_to_i(void)
{
    i_out = llrintf(s[0]);
}
static void d_to_i(void)
{
    i_out = llrint(d[0]);
}

static void load(int format, const u64 x[3])
{
    for (int i = 0; i < 3; i++) {
        u32 low = (u32)x[i];
        float single;
        double dbl;
        memcpy(&single, &low, sizeof single);
        memcpy(&dbl, &x[i], sizeof dbl);
        if (format == F32)
            s[i] = single;
        else
            d[i] = dbl;
    }
}

static u64 stored(int format)
{
    u32 low;
    u64 bits;
    float single = s_out;
    double dbl = d_out;
    memcpy(&low, &single, sizeof low);
    memcpy(&bits, &dbl, sizeof bits);
    if (format == F32) bits = low;
    return fp_is_nan(&fp_layouts[format], bits) ? fp_nan(&fp_layouts[format]) : bits;
}

/* Runs one host operation in a mode; returns the flags as RISC-V numbers them. */
static unsigned on_host(void (*operation)(void), unsigned rm)
{
    fesetround(host_modes[rm]);
    feclearexcept(FE_ALL_EXCEPT);
    operation();
    int raised = fetestexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    return (raised & FE_INEXACT ? FP_NX : 0u) | (raised & FE_UNDERFLOW ? FP_UF : 0u) |
           (raised & FE_OVERFLOW ? FP_OF : 0u) | (raised & FE_DIVBYZERO ? FP_DZ : 0u) |
           (raised & FE_INVALID ? FP_NV : 0u);
}

/* ---- arithmetic ---- */

typedef u64 fp_fn1(u64 a, unsigned rm, unsigned *flags);
typedef u64 fp_fn2(u64 a, u64 b, unsigned rm, unsigned *flags);
typedef u64 fp_fn3(u64 a, u64 b, u64 c, unsigned rm, unsigned *flags);

static const struct operation {
    const char *name;
    int from, to;
    void (*host)(void);
    fp_fn1 *one;
    fp_fn2 *two;
    fp_fn3 *three;
} operations[] = {
    {"f32_add",    F32, F32, s_add,  .two = f32_add   },
    {"f32_sub",    F32, F32, s_sub,  .two = f32_sub   },
    {"f32_mul",    F32, F32, s_mul,  .two = f32_mul   },
    {"f32_div",    F32, F32, s_div,  .two = f32_div   },
    {"f32_sqrt",   F32, F32, s_sqrt, .one = f32_sqrt  },
    {"f32_fma",    F32, F32, s_fma,  .three = f32_fma },
    {"f64_add",    F64, F64, d_add,  .two = f64_add   },
    {"f64_sub",    F64, F64, d_sub,  .two = f64_sub   },
    {"f64_mul",    F64, F64, d_mul,  .two = f64_mul   },
    {"f64_div",    F64, F64, d_div,  .two = f64_div   },
    {"f64_sqrt",   F64, F64, d_sqrt, .one = f64_sqrt  },
    {"f64_fma",    F64, F64, d_fma,  .three = f64_fma },
    {"f32_to_f64", F32, F64, s_to_d, .one = f32_to_f64},
    {"f64_to_f32", F64, F32, d_to_s, .one = f64_to_f32},
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

/* IEEE 754 lets each machine choose whether 0 * inf + NaN is invalid. */
static bool hidden_invalid(const struct operation *op, const u64 x[3])
{
    return op->three && fp_is_nan(&fp_layouts[op->from], x[2]);
}

static void check(const struct operation *op, const u64 x[3])
{
    load(op->from, x);
    for (unsigned rm = 0; rm < HOST_MODES; rm++) {
        struct result want = {0, on_host(op->host, rm)}, got = {0, 0};
        want.bits = stored(op->to);
        if (op->one)
            got.bits = op->one(x[0], rm, &got.flags);
        else if (op->two)
            got.bits = op->two(x[0], x[1], rm, &got.flags);
        else
            got.bits = op->three(x[0], x[1], x[2], rm, &got.flags);
        if (hidden_invalid(op, x)) want.flags = got.flags;
        if (!UNDERFLOW_AFTER_ROUNDING) want.flags = (want.flags & ~4u) | (got.flags & 4);
        compare(op->name, x, rm, got, want);
    }
}

static void arithmetic_corners(void **state)
{
    (void)state;
    u64 c[CORNERS_MAX];
    for (const struct operation *op = operations; op < operations + OPERATIONS; op++) {
        size_t n = fp_corners(&fp_layouts[op->from], op->three != NULL, c);
        size_t second = op->one ? 1 : n, third = op->three ? n : 1;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < second; j++)
                for (size_t k = 0; k < third; k++) check(op, (u64[]){c[i], c[j], c[k]});
    }
}

static void arithmetic_random(void **state)
{
    (void)state;
    for (const struct operation *op = operations; op < operations + OPERATIONS; op++)
        for (int i = 0; i < 200000; i++) {
            const struct fp_layout *l = &fp_layouts[op->from];
            check(op, (u64[]){fp_random(l), fp_random(l), fp_random(l)});
        }
}

/* ---- integers ---- */

/* In range only: outside, hosts differ from RISC-V, and MPFR is the judge (test_fp.c). */
static void check_to_i64(int format, u64 x)
{
    fp_fn1 *ours = format == F32 ? f32_to_i64 : f64_to_i64;
    load(format, (u64[]){x, x, x});
    for (unsigned rm = 0; rm < HOST_MODES; rm++) {
        struct result want = {0, on_host(format == F32 ? s_to_i : d_to_i, rm)}, got = {0, 0};
        want.bits = (u64)i_out;
        got.bits = ours(x, rm, &got.flags);
        if (want.flags & FP_NV) want.bits = got.bits;
        compare("to_i64", (u64[]){x, 0, 0}, rm, got, want);
    }
}

static volatile s64 i_in;

static void i_to_s(void)
{
    s_out = (float)i_in;
}
static void i_to_d(void)
{
    d_out = (double)i_in;
}

static void check_from_i64(s64 x)
{
    i_in = x;
    for (unsigned rm = 0; rm < HOST_MODES; rm++) {
        struct result want = {0, on_host(i_to_s, rm)}, got = {0, 0};
        want.bits = stored(F32);
        got.bits = i64_to_f32(x, rm, &got.flags);
        compare("i64_to_f32", (u64[]){(u64)x, 0, 0}, rm, got, want);
        want.flags = on_host(i_to_d, rm);
        want.bits = stored(F64);
        got.flags = 0;
        got.bits = i64_to_f64(x, rm, &got.flags);
        compare("i64_to_f64", (u64[]){(u64)x, 0, 0}, rm, got, want);
    }
}

static void integers(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        u64 r = fp_random_bits();
        check_to_i64(F32, fp_random(&fp_layouts[F32]));
        check_to_i64(F64, fp_random(&fp_layouts[F64]));
        check_to_i64(F64, fp_make(&fp_layouts[F64], r & 1, 1020 + (int)((r >> 1) % 68), r >> 12));
        check_from_i64((s64)fp_random_bits() >> (r & 63));
    }
}

/* ---- comparison ---- */

/* Exact for every format. */
static double value(const struct fp_layout *l, u64 x)
{
    int field = (int)(x >> l->fbits & (BIT(l->ebits) - 1));
    u64 fraction = x & (BIT(l->fbits) - 1);
    double sign = x >> (l->ebits + l->fbits) & 1 ? -1.0 : 1.0;
    if (fp_is_nan(l, x)) return NAN;
    if (field == 2 * fp_bias(l) + 1) return sign * INFINITY;
    if (field == 0) return sign * ldexp((double)fraction, 1 - fp_bias(l) - l->fbits);
    return sign * ldexp((double)(fraction | BIT(l->fbits)), field - fp_bias(l) - l->fbits);
}

typedef u64 compare_fn(u64 a, u64 b, unsigned *flags);

static compare_fn *const eq[] = {f16_eq, f32_eq, f64_eq};
static compare_fn *const lt[] = {f16_lt, f32_lt, f64_lt};
static compare_fn *const le[] = {f16_le, f32_le, f64_le};
static compare_fn *const ltq[] = {f16_ltq, f32_ltq, f64_ltq};
static compare_fn *const leq[] = {f16_leq, f32_leq, f64_leq};
static compare_fn *const least[] = {f16_min, f32_min, f64_min};
static compare_fn *const most[] = {f16_max, f32_max, f64_max};
static compare_fn *const leastm[] = {f16_minm, f32_minm, f64_minm};
static compare_fn *const mostm[] = {f16_maxm, f32_maxm, f64_maxm};

static void check_one(const char *what, compare_fn *ours, const u64 x[3], u64 bits, unsigned flags)
{
    struct result got = {0, 0};
    got.bits = ours(x[0], x[1], &got.flags);
    compare(what, x, 0, got, (struct result){bits, flags});
}

/* The smaller or, with sign -1, the greater; zeros are told apart by their signs. */
static u64 extreme(const struct fp_layout *l, u64 a, u64 b, double sign)
{
    double x = sign * value(l, a), y = sign * value(l, b);
    if (isnan(x)) return isnan(y) ? fp_nan(l) : b;
    if (isnan(y) || x < y) return a;
    return x == y && signbit(x) ? a : b;
}

static void check_comparisons(int f, u64 a, u64 b)
{
    const struct fp_layout *l = &fp_layouts[f];
    const u64 x[3] = {a, b, 0};
    double va = value(l, a), vb = value(l, b);
    bool nan = isunordered(va, vb);
    unsigned quiet = fp_is_snan(l, a) || fp_is_snan(l, b) ? FP_NV : 0, signalling = nan ? FP_NV : 0;
    check_one("eq", eq[f], x, va == vb, quiet);
    check_one("lt", lt[f], x, va < vb, signalling);
    check_one("le", le[f], x, va <= vb, signalling);
    check_one("ltq", ltq[f], x, va < vb, quiet);
    check_one("leq", leq[f], x, va <= vb, quiet);
    check_one("min", least[f], x, extreme(l, a, b, 1), quiet);
    check_one("max", most[f], x, extreme(l, a, b, -1), quiet);
    check_one("minm", leastm[f], x, nan ? fp_nan(l) : extreme(l, a, b, 1), quiet);
    check_one("maxm", mostm[f], x, nan ? fp_nan(l) : extreme(l, a, b, -1), quiet);
}

static void comparisons(void **state)
{
    (void)state;
    u64 c[CORNERS_MAX];
    for (int f = 0; f < FORMATS; f++) {
        const struct fp_layout *l = &fp_layouts[f];
        size_t n = fp_corners(l, false, c);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) check_comparisons(f, c[i], c[j]);
        for (int i = 0; i < 200000; i++) {
            u64 a = fp_random(l);
            check_comparisons(f, a, fp_random(l));
            check_comparisons(f, a, a ^ (fp_random_bits() & 1));
        }
    }
}

/* ---- classes ---- */

/* The rows of the specification's table of FCLASS results, by number. */
static u64 class_of(const struct fp_layout *l, u64 x)
{
    double v = value(l, x), normal = ldexp(1.0, 1 - fp_bias(l));
    if (isnan(v)) return fp_is_snan(l, x) ? BIT(8) : BIT(9);
    if (isinf(v)) return v < 0 ? BIT(0) : BIT(7);
    if (v <= -normal) return BIT(1);
    if (v >= normal) return BIT(6);
    if (v == 0) return signbit(v) ? BIT(3) : BIT(4);
    return v < 0 ? BIT(2) : BIT(5);
}

static void classes(void **state)
{
    (void)state;
    u64 c[CORNERS_MAX];
    size_t n = fp_corners(&fp_layouts[F32], false, c);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(f32_classify(c[i]), class_of(&fp_layouts[F32], c[i]));
    n = fp_corners(&fp_layouts[F64], false, c);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(f64_classify(c[i]), class_of(&fp_layouts[F64], c[i]));
    for (u64 a = 0; a <= 0xffff; a++)
        assert_int_equal(f16_classify(a), class_of(&fp_layouts[F16], a));
}

/* ---- what the interface promises ---- */

/* The table of section F, "Domains of float-to-integer conversions": what an invalid input gives.
 */
static void saturation(void **state)
{
    (void)state;
    static const struct {
        u64 x, i32, u32, i64, u64;
    } rows[] = {
  /* negative out of range, -inf, positive out of range, +inf, NaN */
        {0xff7fffff, 0xffffffff80000000, 0,     BIT(63),     0    },
        {0xff800000, 0xffffffff80000000, 0,     BIT(63),     0    },
        {0x7f7fffff, 0x7fffffff,         ~0ull, BIT(63) - 1, ~0ull},
        {0x7f800000, 0x7fffffff,         ~0ull, BIT(63) - 1, ~0ull},
        {0x7fc00000, 0x7fffffff,         ~0ull, BIT(63) - 1, ~0ull},
        {0xffc00000, 0x7fffffff,         ~0ull, BIT(63) - 1, ~0ull},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned flags[4] = {0};
        assert_int_equal(f32_to_i32(rows[i].x, FP_RTZ, &flags[0]), rows[i].i32);
        assert_int_equal(f32_to_u32(rows[i].x, FP_RTZ, &flags[1]), rows[i].u32);
        assert_int_equal(f32_to_i64(rows[i].x, FP_RTZ, &flags[2]), rows[i].i64);
        assert_int_equal(f32_to_u64(rows[i].x, FP_RTZ, &flags[3]), rows[i].u64);
        for (int j = 0; j < 4; j++) assert_int_equal(flags[j], FP_NV);
    }
}

static void flags_accrue(void **state)
{
    (void)state;
    unsigned flags = FP_DZ;
    assert_int_equal(f64_sqrt(0x4000000000000000, FP_RNE, &flags), 0x3ff6a09e667f3bcd);
    assert_int_equal(flags, FP_DZ | FP_NX);
    assert_int_equal(f32_add(0x3f800000, 0x3f800000, FP_RNE, &flags), 0x40000000);
    assert_int_equal(f16_round(0x3e00, FP_RNE, &flags), 0x4000);
    assert_int_equal(f16_min(0x3c00, 0x7d00, &flags), 0x3c00);
    assert_int_equal(flags, FP_DZ | FP_NX | FP_NV);
}

static void high_bits_are_ignored(void **state)
{
    (void)state;
    const u64 box = ~0xffffffffull, one = box | 0x3f800000, two = box | 0x40000000;
    unsigned flags = 0;
    assert_int_equal(f32_add(one, two, FP_RNE, &flags), 0x40400000);
    assert_int_equal(f32_sub(one, two, FP_RNE, &flags), 0xbf800000);
    assert_int_equal(f32_min(one, two, &flags), 0x3f800000);
    assert_int_equal(f32_maxm(one, two, &flags), 0x40000000);
    assert_int_equal(f32_min(one, 0x7fc00000, &flags), 0x3f800000);
    assert_int_equal(f32_eq(one, 0x3f800000, &flags), 1);
    assert_int_equal(f32_lt(one, 0x40000000, &flags), 1);
    assert_int_equal(f32_eq(box, 0x80000000, &flags), 1);
    assert_int_equal(f32_classify(one), BIT(6));
    assert_int_equal(f32_round(one, FP_RNE, &flags), 0x3f800000);
    assert_int_equal(f32_to_u32(two, FP_RNE, &flags), 2);
    assert_int_equal(flags, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_corners),
        cmocka_unit_test(arithmetic_random),
        cmocka_unit_test(integers),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(classes),
        cmocka_unit_test(saturation),
        cmocka_unit_test(flags_accrue),
        cmocka_unit_test(high_bits_are_ignored),
    };
    return cmocka_run_group_tests_name("fp against the host", tests, NULL, NULL);
}
