/* State enables: mstateen and hstateen over hstateen, sstateen, henvcfg and senvcfg
 * (Smstateen, Ssstateen). Of the states that the bits stand for, these CSRs are all there is: no
 * custom state, Zfinx, Zcmt, AIA, Sscsrind, Sdtrig's contexts or Ssqosid. */
#include "harness.h"

SNIPPET(read_hstateen0, "csrr a0, hstateen0");
SNIPPET(read_sstateen0, "csrr a0, sstateen0");
SNIPPET(write_sstateen0, "csrw sstateen0, a0");
SNIPPET(read_henvcfg, "csrr a0, henvcfg");
SNIPPET(read_senvcfg, "csrr a0, senvcfg");
SNIPPET(write_senvcfg, "csrw senvcfg, a0");

static void expect_cause(struct place at, enum mode mode, const u32 *code, u64 cause)
{
    expect_trap(at, run(mode, code), &(struct expected){LEVEL_M, cause, .tval = BITS});
}
#define EXPECT_VIRTUAL(mode, code) expect_cause(HERE, mode, code, VIRTUAL_INSTRUCTION)
#define EXPECT_ILLEGAL(mode, code) expect_cause(HERE, mode, code, ILLEGAL_INSTRUCTION)

TEST(exists)
{
    CHECK_EQ(has_stateen, 1);
}

/* Reset closes everything, for the sake of software that does not know of the new state. */
TEST(zero_at_reset)
{
    for (unsigned n = 0; n < 4; n++) {
        note(n);
        CHECK_EQ(stateen_at_start[n], 0);
    }
}

TEST(open)
{
    EXPECT_RETURN(run(S_MODE, read_hstateen0));
    EXPECT_RETURN(run(S_MODE, read_sstateen0));
    EXPECT_RETURN(run(S_MODE, read_henvcfg));
    EXPECT_RETURN(run(VS_MODE, read_sstateen0));
    EXPECT_RETURN(run(VS_MODE, read_senvcfg));
    EXPECT_VIRTUAL(VS_MODE, read_hstateen0);
    EXPECT_VIRTUAL(VU_MODE, read_sstateen0);
    EXPECT_ILLEGAL(U_MODE, read_sstateen0);
}

TEST(mstateen_se0)
{
    csr_clear(mstateen0, STATEEN_SE0);
    EXPECT_ILLEGAL(S_MODE, read_hstateen0);
    EXPECT_ILLEGAL(S_MODE, read_sstateen0);
    EXPECT_ILLEGAL(S_MODE, write_sstateen0);
    EXPECT_ILLEGAL(VS_MODE, read_sstateen0);
    EXPECT_RETURN(run(S_MODE, read_henvcfg));
    EXPECT_RETURN(run(S_MODE, read_senvcfg));
    EXPECT_RETURN(run(M_MODE, read_hstateen0));
}

TEST(mstateen_envcfg)
{
    csr_clear(mstateen0, STATEEN_ENVCFG);
    EXPECT_ILLEGAL(S_MODE, read_henvcfg);
    EXPECT_ILLEGAL(S_MODE, read_senvcfg);
    EXPECT_ILLEGAL(S_MODE, write_senvcfg);
    EXPECT_ILLEGAL(VS_MODE, read_senvcfg);
    EXPECT_RETURN(run(S_MODE, read_hstateen0));
    EXPECT_RETURN(run(M_MODE, read_henvcfg));
}

TEST(hstateen_se0)
{
    csr_clear(hstateen0, STATEEN_SE0);
    EXPECT_VIRTUAL(VS_MODE, read_sstateen0);
    EXPECT_VIRTUAL(VS_MODE, write_sstateen0);
    EXPECT_RETURN(run(S_MODE, read_sstateen0));
    EXPECT_RETURN(run(VS_MODE, read_senvcfg));
}

TEST(hstateen_envcfg)
{
    csr_clear(hstateen0, STATEEN_ENVCFG);
    EXPECT_VIRTUAL(VS_MODE, read_senvcfg);
    EXPECT_VIRTUAL(VS_MODE, write_senvcfg);
    EXPECT_RETURN(run(S_MODE, read_senvcfg));
    EXPECT_RETURN(run(S_MODE, read_henvcfg));
}

/* ENVCFG closes senvcfg to the guest however it is written; VU has no business there anyway. */
TEST(hstateen_is_not_for_vu)
{
    EXPECT_VIRTUAL(VU_MODE, read_senvcfg);
    csr_write(hstateen0, 0);
    EXPECT_VIRTUAL(VU_MODE, read_senvcfg);
    EXPECT_VIRTUAL(VU_MODE, read_sstateen0);
    EXPECT_VIRTUAL(VS_MODE, read_hstateen0);
    csr_write(mstateen0, 0);
    EXPECT_ILLEGAL(VU_MODE, read_senvcfg); /* not HS-qualified any more */
    EXPECT_ILLEGAL(VU_MODE, read_sstateen0);
    EXPECT_ILLEGAL(VS_MODE, read_hstateen0);
    EXPECT_ILLEGAL(VS_MODE, read_henvcfg);
}

/* A closed door does not keep what is behind it from having its effect: henvcfg and senvcfg still
 * grant cbo.zero, and a trap writes no state that is closed. */
TEST(closed_state_keeps_its_effect)
{
    SNIPPET(cbo_zero, "cbo.zero (a0)");
    static u64 block[16] __attribute__((aligned(64)));

    csr_write(menvcfg, ENVCFG_CBZE);
    csr_write(henvcfg, ENVCFG_CBZE);
    csr_write(senvcfg, ENVCFG_CBZE);
    csr_write(hstateen0, 0);
    csr_write(mstateen0, 0);
    EXPECT_RETURN(run(VS_MODE, cbo_zero, block));
    EXPECT_RETURN(run(VU_MODE, cbo_zero, block));
    EXPECT_RETURN(run(U_MODE, cbo_zero, block));
}

/* A bit that is 0 in mstateen0 reads as 0 in hstateen0, and comes back with it. */
TEST(read_only_zero_below_a_zero)
{
    csr_write(hstateen0, STATEEN_SE0 | STATEEN_ENVCFG);
    CHECK_EQ(csr_read(hstateen0) & (STATEEN_SE0 | STATEEN_ENVCFG), STATEEN_SE0 | STATEEN_ENVCFG);
    csr_clear(mstateen0, STATEEN_ENVCFG);
    CHECK_EQ(csr_read(hstateen0) & (STATEEN_SE0 | STATEEN_ENVCFG), STATEEN_SE0);
    csr_clear(mstateen0, STATEEN_SE0);
    CHECK_EQ(csr_read(hstateen0) & (STATEEN_SE0 | STATEEN_ENVCFG), 0);
}

/* The upper half of sstateen0 is read-only zero; with F in misa FCSR is zero everywhere. */
TEST(sstateen0_bits)
{
    csr_write(sstateen0, ~0ull);
    CHECK_EQ(csr_read(sstateen0) >> 32, 0);
    CHECK_EQ(csr_read(sstateen0) & 2, 0);
    CHECK_EQ(csr_read(mstateen0) & 2, 0);
}

#define DEFINED_BITS (STATEEN_SE0 | STATEEN_ENVCFG)

/* Bits of state that the machine lacks, and bits without a meaning, are read-only zero: so is FCSR
 * (1) as misa.F is 1, and P1P13 (56), as hedelegh is RV32's. */
TEST(bits_without_state)
{
    CHECK_EQ(csr_write_read(mstateen0, ~0ull), DEFINED_BITS);
    CHECK_EQ(csr_write_read(hstateen0, ~0ull), DEFINED_BITS);
    CHECK_EQ(csr_write_read(sstateen0, ~0ull), 0);
    CHECK_EQ(csr_write_read(mstateen0, ~DEFINED_BITS), 0);
}

/* ---- registers 1 to 3: bit 63 alone, writable in mstateen and hstateen; sstateen is empty ---- */

static void expect_open(const u32 *read_h, const u32 *read_s, const u32 *write_s)
{
    EXPECT_RETURN(run(S_MODE, read_h));
    EXPECT_RETURN(run(S_MODE, read_s));
    EXPECT_RETURN(run(S_MODE, write_s));
    EXPECT_RETURN(run(VS_MODE, read_s));
    EXPECT_RETURN(run(VS_MODE, write_s));
    EXPECT_VIRTUAL(VS_MODE, read_h);
    EXPECT_VIRTUAL(VU_MODE, read_s);
    EXPECT_ILLEGAL(U_MODE, read_s);
}

static void expect_hstateen_closed(const u32 *read_s, const u32 *write_s)
{
    EXPECT_VIRTUAL(VS_MODE, read_s);
    EXPECT_VIRTUAL(VS_MODE, write_s);
    EXPECT_VIRTUAL(VU_MODE, read_s);
    EXPECT_RETURN(run(S_MODE, read_s));
    EXPECT_RETURN(run(S_MODE, write_s));
}

static void expect_mstateen_closed(const u32 *read_h, const u32 *read_s, const u32 *write_s)
{
    EXPECT_ILLEGAL(S_MODE, read_h);
    EXPECT_ILLEGAL(S_MODE, read_s);
    EXPECT_ILLEGAL(S_MODE, write_s);
    EXPECT_ILLEGAL(VS_MODE, read_s);
    EXPECT_ILLEGAL(VS_MODE, write_s);
    EXPECT_RETURN(run(M_MODE, read_h));
    EXPECT_RETURN(run(M_MODE, read_s));
}

#define REGISTER(n)                                                                                \
    SNIPPET(read_hstateen##n, "csrr a0, hstateen" #n);                                             \
    SNIPPET(read_sstateen##n, "csrr a0, sstateen" #n);                                             \
    SNIPPET(write_sstateen##n, "csrw sstateen" #n ", a0");                                         \
    static void check_stateen##n(void)                                                             \
    {                                                                                              \
        CHECK_EQ(csr_write_read(mstateen##n, ~0ull), STATEEN_SE0);                                 \
        CHECK_EQ(csr_write_read(hstateen##n, ~0ull), STATEEN_SE0);                                 \
        CHECK_EQ(csr_write_read(sstateen##n, ~0ull), 0);                                           \
        expect_open(read_hstateen##n, read_sstateen##n, write_sstateen##n);                        \
        CHECK_EQ(csr_write_read(hstateen##n, 0), 0);                                               \
        expect_hstateen_closed(read_sstateen##n, write_sstateen##n);                               \
        EXPECT_RETURN(run(S_MODE, read_hstateen##n));                                              \
        csr_write(hstateen##n, ~0ull);                                                             \
        CHECK_EQ(csr_write_read(mstateen##n, 0), 0);                                               \
        CHECK_EQ(csr_read(hstateen##n), 0);                                                        \
        expect_mstateen_closed(read_hstateen##n, read_sstateen##n, write_sstateen##n);             \
        csr_write(mstateen##n, ~0ull);                                                             \
    }

REGISTER(1)
REGISTER(2)
REGISTER(3)

TEST(stateen1)
{
    check_stateen1();
}
TEST(stateen2)
{
    check_stateen2();
}
TEST(stateen3)
{
    check_stateen3();
}
