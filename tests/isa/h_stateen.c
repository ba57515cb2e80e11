/* State enables: mstateen0 and hstateen0 over hstateen0, sstateen0, henvcfg and senvcfg
 * (Smstateen, Ssstateen). */
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
