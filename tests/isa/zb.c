/* Zba, Zbb, Zbc, Zbs, Zicond: every instruction against a model written bit by bit. */
#include "vectors.h"

#define OP(name)       SNIPPET(do_##name, #name " a0, a0, a1")
#define OP1(name)      SNIPPET(do_##name, #name " a0, a0")
#define NAMED(n, text) SNIPPET(do_##n, text " a0, a0, a1")

static u64 word(u64 a)
{
    return (a & 0xffffffff) | (a & BIT(31) ? MASK(63, 32) : 0);
}
static u64 low(u64 a)
{
    return a & 0xffffffff;
}

/* ---- Zba ---- */

OP(sh1add);
OP(sh2add);
OP(sh3add);
NAMED(add_uw, "add.uw");
NAMED(sh1add_uw, "sh1add.uw");
NAMED(sh2add_uw, "sh2add.uw");
NAMED(sh3add_uw, "sh3add.uw");
SNIPPET(slli_uw_5, "slli.uw a0, a0, 5");
SNIPPET(slli_uw_63, "slli.uw a0, a0, 63");

static u64 m_sh1add(u64 a, u64 b)
{
    return 2 * a + b;
}
static u64 m_sh2add(u64 a, u64 b)
{
    return 4 * a + b;
}
static u64 m_sh3add(u64 a, u64 b)
{
    return 8 * a + b;
}
static u64 m_add_uw(u64 a, u64 b)
{
    return low(a) + b;
}
static u64 m_sh1add_uw(u64 a, u64 b)
{
    return 2 * low(a) + b;
}
static u64 m_sh2add_uw(u64 a, u64 b)
{
    return 4 * low(a) + b;
}
static u64 m_sh3add_uw(u64 a, u64 b)
{
    return 8 * low(a) + b;
}
static u64 m_slli_uw_5(u64 a, u64 b)
{
    return (void)b, 32 * low(a);
}
static u64 m_slli_uw_63(u64 a, u64 b)
{
    return (void)b, a & 1 ? BIT(63) : 0;
}

TEST(zba)
{
    CHECK_MODEL(do_sh1add, m_sh1add);
    CHECK_MODEL(do_sh2add, m_sh2add);
    CHECK_MODEL(do_sh3add, m_sh3add);
    CHECK_MODEL(do_add_uw, m_add_uw);
    CHECK_MODEL(do_sh1add_uw, m_sh1add_uw);
    CHECK_MODEL(do_sh2add_uw, m_sh2add_uw);
    CHECK_MODEL(do_sh3add_uw, m_sh3add_uw);
    CHECK_MODEL(slli_uw_5, m_slli_uw_5);
    CHECK_MODEL(slli_uw_63, m_slli_uw_63);
}

/* ---- Zbb ---- */

OP(andn);
OP(orn);
OP(xnor);
OP1(clz);
OP1(ctz);
OP1(cpop);
OP1(clzw);
OP1(ctzw);
OP1(cpopw);
OP(max);
OP(maxu);
OP(min);
OP(minu);
SNIPPET(do_sext_b, "sext.b a0, a0");
SNIPPET(do_sext_h, "sext.h a0, a0");
SNIPPET(do_zext_h, "zext.h a0, a0");
OP(rol);
OP(ror);
OP(rolw);
OP(rorw);
SNIPPET(do_rori_1, "rori a0, a0, 1");
SNIPPET(do_rori_63, "rori a0, a0, 63");
SNIPPET(do_roriw_31, "roriw a0, a0, 31");
SNIPPET(do_orc_b, "orc.b a0, a0");
SNIPPET(do_rev8, "rev8 a0, a0");

static u64 bit(u64 a, unsigned i)
{
    return a >> (i & 63) & 1;
}

static u64 count(u64 a, unsigned width, bool from_top, bool ones)
{
    u64 n = 0;

    for (unsigned i = 0; i < width; i++) {
        bool set = bit(a, from_top ? width - 1 - i : i);
        if (ones)
            n += set;
        else if (set)
            return n;
        else
            n++;
    }
    return n;
}

/* Bit i of the result is bit i + by of the operand, modulo width. */
static u64 rotate(u64 a, u64 by, unsigned width)
{
    u64 result = 0;

    for (unsigned i = 0; i < width; i++) result |= bit(a, (i + (unsigned)by) % width) << i;
    return result;
}

static u64 sign_extend(u64 a, unsigned width)
{
    u64 result = 0;

    for (unsigned i = 0; i < 64; i++) result |= bit(a, i < width ? i : width - 1) << i;
    return result;
}

static u64 bytes(u64 a, bool reverse)
{
    u64 result = 0;

    for (unsigned i = 0; i < 8; i++) {
        u64 byte = a >> 8 * i & 0xff;
        result |= reverse ? byte << (56 - 8 * i) : (byte ? 0xffull << 8 * i : 0);
    }
    return result;
}

static bool less(u64 a, u64 b)
{
    return (a ^ BIT(63)) < (b ^ BIT(63));
}

static u64 m_andn(u64 a, u64 b)
{
    return a & ~b;
}
static u64 m_orn(u64 a, u64 b)
{
    return a | ~b;
}
static u64 m_xnor(u64 a, u64 b)
{
    return ~(a ^ b);
}
static u64 m_clz(u64 a, u64 b)
{
    return (void)b, count(a, 64, true, false);
}
static u64 m_ctz(u64 a, u64 b)
{
    return (void)b, count(a, 64, false, false);
}
static u64 m_cpop(u64 a, u64 b)
{
    return (void)b, count(a, 64, false, true);
}
static u64 m_clzw(u64 a, u64 b)
{
    return (void)b, count(a, 32, true, false);
}
static u64 m_ctzw(u64 a, u64 b)
{
    return (void)b, count(a, 32, false, false);
}
static u64 m_cpopw(u64 a, u64 b)
{
    return (void)b, count(a, 32, false, true);
}
static u64 m_max(u64 a, u64 b)
{
    return less(a, b) ? b : a;
}
static u64 m_maxu(u64 a, u64 b)
{
    return a < b ? b : a;
}
static u64 m_min(u64 a, u64 b)
{
    return less(a, b) ? a : b;
}
static u64 m_minu(u64 a, u64 b)
{
    return a < b ? a : b;
}
static u64 m_sext_b(u64 a, u64 b)
{
    return (void)b, sign_extend(a, 8);
}
static u64 m_sext_h(u64 a, u64 b)
{
    return (void)b, sign_extend(a, 16);
}
static u64 m_zext_h(u64 a, u64 b)
{
    return (void)b, a & 0xffff;
}
static u64 m_rol(u64 a, u64 b)
{
    return rotate(a, 64 - (b & 63), 64);
}
static u64 m_ror(u64 a, u64 b)
{
    return rotate(a, b & 63, 64);
}
static u64 m_rolw(u64 a, u64 b)
{
    return word(rotate(a, 32 - (b & 31), 32));
}
static u64 m_rorw(u64 a, u64 b)
{
    return word(rotate(a, b & 31, 32));
}
static u64 m_rori_1(u64 a, u64 b)
{
    return (void)b, rotate(a, 1, 64);
}
static u64 m_rori_63(u64 a, u64 b)
{
    return (void)b, rotate(a, 63, 64);
}
static u64 m_roriw_31(u64 a, u64 b)
{
    return (void)b, word(rotate(a, 31, 32));
}
static u64 m_orc_b(u64 a, u64 b)
{
    return (void)b, bytes(a, false);
}
static u64 m_rev8(u64 a, u64 b)
{
    return (void)b, bytes(a, true);
}

TEST(zbb_logic_and_counts)
{
    CHECK_MODEL(do_andn, m_andn);
    CHECK_MODEL(do_orn, m_orn);
    CHECK_MODEL(do_xnor, m_xnor);
    CHECK_MODEL(do_clz, m_clz);
    CHECK_MODEL(do_ctz, m_ctz);
    CHECK_MODEL(do_cpop, m_cpop);
    CHECK_MODEL(do_clzw, m_clzw);
    CHECK_MODEL(do_ctzw, m_ctzw);
    CHECK_MODEL(do_cpopw, m_cpopw);
}

TEST(zbb_comparisons_and_extensions)
{
    CHECK_MODEL(do_max, m_max);
    CHECK_MODEL(do_maxu, m_maxu);
    CHECK_MODEL(do_min, m_min);
    CHECK_MODEL(do_minu, m_minu);
    CHECK_MODEL(do_sext_b, m_sext_b);
    CHECK_MODEL(do_sext_h, m_sext_h);
    CHECK_MODEL(do_zext_h, m_zext_h);
}

TEST(zbb_rotations_and_bytes)
{
    CHECK_MODEL(do_rol, m_rol);
    CHECK_MODEL(do_ror, m_ror);
    CHECK_MODEL(do_rolw, m_rolw);
    CHECK_MODEL(do_rorw, m_rorw);
    CHECK_MODEL(do_rori_1, m_rori_1);
    CHECK_MODEL(do_rori_63, m_rori_63);
    CHECK_MODEL(do_roriw_31, m_roriw_31);
    CHECK_MODEL(do_orc_b, m_orc_b);
    CHECK_MODEL(do_rev8, m_rev8);
}

/* ---- Zbc ---- */

OP(clmul);
OP(clmulh);
OP(clmulr);

/* Bit n of the 127-bit carry-less product: the parity of a[i] & b[n - i]. */
static u64 product_bit(u64 a, u64 b, unsigned n)
{
    u64 parity = 0;

    for (unsigned i = n > 63 ? n - 63 : 0; i <= n && i < 64; i++)
        parity ^= bit(a, i) & bit(b, n - i);
    return parity;
}

static u64 product_bits(u64 a, u64 b, unsigned from)
{
    u64 result = 0;

    for (unsigned i = 0; i < 64 && from + i < 127; i++) result |= product_bit(a, b, from + i) << i;
    return result;
}

static u64 m_clmul(u64 a, u64 b)
{
    return product_bits(a, b, 0);
}
static u64 m_clmulr(u64 a, u64 b)
{
    return product_bits(a, b, 63);
}
static u64 m_clmulh(u64 a, u64 b)
{
    return product_bits(a, b, 64);
}

TEST(zbc)
{
    CHECK_MODEL(do_clmul, m_clmul);
    CHECK_MODEL(do_clmulr, m_clmulr);
    CHECK_MODEL(do_clmulh, m_clmulh);
}

/* ---- Zbs ---- */

OP(bclr);
OP(bext);
OP(binv);
OP(bset);
SNIPPET(do_bclri, "bclri a0, a0, 63");
SNIPPET(do_bexti, "bexti a0, a0, 63");
SNIPPET(do_binvi, "binvi a0, a0, 32");
SNIPPET(do_bseti, "bseti a0, a0, 31");

static u64 m_bclr(u64 a, u64 b)
{
    return a & ~BIT(b & 63);
}
static u64 m_bext(u64 a, u64 b)
{
    return a & BIT(b & 63) ? 1 : 0;
}
static u64 m_binv(u64 a, u64 b)
{
    return a ^ BIT(b & 63);
}
static u64 m_bset(u64 a, u64 b)
{
    return a | BIT(b & 63);
}
static u64 m_bclri(u64 a, u64 b)
{
    return (void)b, m_bclr(a, 63);
}
static u64 m_bexti(u64 a, u64 b)
{
    return (void)b, m_bext(a, 63);
}
static u64 m_binvi(u64 a, u64 b)
{
    return (void)b, m_binv(a, 32);
}
static u64 m_bseti(u64 a, u64 b)
{
    return (void)b, m_bset(a, 31);
}

TEST(zbs)
{
    CHECK_MODEL(do_bclr, m_bclr);
    CHECK_MODEL(do_bext, m_bext);
    CHECK_MODEL(do_binv, m_binv);
    CHECK_MODEL(do_bset, m_bset);
    CHECK_MODEL(do_bclri, m_bclri);
    CHECK_MODEL(do_bexti, m_bexti);
    CHECK_MODEL(do_binvi, m_binvi);
    CHECK_MODEL(do_bseti, m_bseti);
}

/* ---- Zicond: by .insn, which older assemblers know ---- */

SNIPPET(czero_eqz, ".insn r 0x33, 5, 7, a0, a0, a1");
SNIPPET(czero_nez, ".insn r 0x33, 7, 7, a0, a0, a1");

static u64 m_czero_eqz(u64 a, u64 b)
{
    return b ? a : 0;
}
static u64 m_czero_nez(u64 a, u64 b)
{
    return b ? 0 : a;
}

TEST(zicond)
{
    CHECK_MODEL(czero_eqz, m_czero_eqz);
    CHECK_MODEL(czero_nez, m_czero_nez);
}

/* A few literal values, lest a model and the machine share a misreading. */
TEST(literals)
{
    static const struct vector v[] = {
        {do_clz,    1,                  0,  63                },
        {do_clz,    0,                  0,  64                },
        {do_ctz,    0x100,              0,  8                 },
        {do_clzw,   0xffffffff00000001, 0,  31                },
        {do_cpop,   0xff,               0,  8                 },
        {do_rol,    0x8000000000000001, 1,  3                 },
        {do_ror,    3,                  1,  0x8000000000000001},
        {do_rorw,   1,                  1,  0xffffffff80000000},
        {do_orc_b,  0x0100000000800001, 0,  0xff00000000ff00ff},
        {do_rev8,   0x0102030405060708, 0,  0x0807060504030201},
        {do_clmul,  3,                  3,  5                 },
        {do_clmulh, 0x8000000000000000, 4,  2                 },
        {do_clmulr, 0x8000000000000000, 4,  4                 },
        {do_sh3add, 1,                  2,  10                },
        {do_add_uw, 0xffffffffffffffff, 1,  0x100000000       },
        {do_sext_b, 0x180,              0,  0xffffffffffffff80},
        {do_max,    0xffffffffffffffff, 1,  1                 },
        {do_bext,   0x8000,             15, 1                 },
        {czero_eqz, 5,                  0,  0                 },
        {czero_nez, 5,                  0,  5                 },
    };
    CHECK_VECTORS(v);
}
