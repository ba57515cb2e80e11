/* M: against models that use neither multiplication nor division of the machine's width. */
#include "vectors.h"

#define OP(name) SNIPPET(do_##name, #name " a0, a0, a1")
OP(mul);
OP(mulh);
OP(mulhu);
OP(mulhsu);
OP(mulw);
OP(div);
OP(divu);
OP(rem);
OP(remu);
OP(divw);
OP(divuw);
OP(remw);
OP(remuw);

struct wide {
    u64 low, high;
};

/* Shift and add. */
static struct wide multiply(u64 a, u64 b)
{
    struct wide sum = {0, 0};

    for (unsigned i = 0; i < 64; i++) {
        if (!(b >> i & 1)) continue;
        u64 low = sum.low + (a << i);
        sum.high += (i ? a >> (64 - i) : 0) + (low < sum.low);
        sum.low = low;
    }
    return sum;
}

static u64 negative(u64 a)
{
    return a >> 63;
}
static u64 word(u64 a)
{
    return (a & 0xffffffff) | (a & BIT(31) ? MASK(63, 32) : 0);
}

static u64 m_mul(u64 a, u64 b)
{
    return multiply(a, b).low;
}
static u64 m_mulhu(u64 a, u64 b)
{
    return multiply(a, b).high;
}
static u64 m_mulh(u64 a, u64 b)
{
    return multiply(a, b).high - (negative(a) ? b : 0) - (negative(b) ? a : 0);
}
static u64 m_mulhsu(u64 a, u64 b)
{
    return multiply(a, b).high - (negative(a) ? b : 0);
}
static u64 m_mulw(u64 a, u64 b)
{
    return word(multiply(a, b).low);
}

TEST(multiplication)
{
    CHECK_MODEL(do_mul, m_mul);
    CHECK_MODEL(do_mulhu, m_mulhu);
    CHECK_MODEL(do_mulh, m_mulh);
    CHECK_MODEL(do_mulhsu, m_mulhsu);
    CHECK_MODEL(do_mulw, m_mulw);
}

/* Long division, bit by bit; by 0: quotient all ones, remainder the dividend. */
static u64 divide(u64 a, u64 b, u64 *remainder)
{
    u64 quotient = 0, rest = 0;

    if (!b) {
        *remainder = a;
        return ~0ull;
    }
    for (int i = 63; i >= 0; i--) {
        bool carry = rest >> 63;
        rest = rest << 1 | (a >> i & 1);
        if (carry || rest >= b) {
            rest -= b;
            quotient |= BIT(i);
        }
    }
    *remainder = rest;
    return quotient;
}

static u64 magnitude(u64 a)
{
    return negative(a) ? -a : a;
}

static u64 m_divu(u64 a, u64 b)
{
    u64 rest;
    return divide(a, b, &rest);
}
static u64 m_remu(u64 a, u64 b)
{
    u64 rest;
    divide(a, b, &rest);
    return rest;
}

/* Rounds to zero; the remainder has the dividend's sign; overflow comes out by itself. */
static u64 m_div(u64 a, u64 b)
{
    u64 rest, quotient = divide(magnitude(a), magnitude(b), &rest);

    if (!b) return ~0ull;
    return negative(a) != negative(b) ? -quotient : quotient;
}
static u64 m_rem(u64 a, u64 b)
{
    u64 rest;

    divide(magnitude(a), magnitude(b), &rest);
    return negative(a) ? -rest : rest;
}

static u64 m_divw(u64 a, u64 b)
{
    return word(m_div(word(a), word(b)));
}
static u64 m_remw(u64 a, u64 b)
{
    return word(m_rem(word(a), word(b)));
}
static u64 low(u64 a)
{
    return a & 0xffffffff;
}
static u64 m_divuw(u64 a, u64 b)
{
    return low(b) ? word(m_divu(low(a), low(b))) : ~0ull;
}
static u64 m_remuw(u64 a, u64 b)
{
    return word(m_remu(low(a), low(b)));
}

TEST(division)
{
    CHECK_MODEL(do_div, m_div);
    CHECK_MODEL(do_divu, m_divu);
    CHECK_MODEL(do_rem, m_rem);
    CHECK_MODEL(do_remu, m_remu);
    CHECK_MODEL(do_divw, m_divw);
    CHECK_MODEL(do_divuw, m_divuw);
    CHECK_MODEL(do_remw, m_remw);
    CHECK_MODEL(do_remuw, m_remuw);
}

/* The specification's table of division by zero and overflow, literally. */
TEST(special_cases)
{
    static const struct vector v[] = {
        {do_div,   5,                  0,           ~0ull             },
        {do_divu,  5,                  0,           ~0ull             },
        {do_rem,   5,                  0,           5                 },
        {do_remu,  5,                  0,           5                 },
        {do_div,   0x8000000000000000, ~0ull,       0x8000000000000000},
        {do_rem,   0x8000000000000000, ~0ull,       0                 },
        {do_divw,  0x80000000,         ~0ull,       0xffffffff80000000},
        {do_remw,  0x80000000,         ~0ull,       0                 },
        {do_remuw, 0x80000000,         0,           0xffffffff80000000},
        {do_divuw, 1,                  0x100000000, ~0ull             },
        {do_div,   -7ull,              2,           -3ull             },
        {do_rem,   -7ull,              2,           -1ull             },
        {do_rem,   7,                  -2ull,       1                 },
    };
    CHECK_VECTORS(v);
}
