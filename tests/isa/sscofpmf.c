/* Sscofpmf and Shlcofideleg, as far as they do not depend on which events there are: fields,
 * scountovf, and the local-counter-overflow interrupt at each level. hpm_events.c has counters that
 * overflow. */
#include "harness.h"

#define EVENT_OF                           BIT(63)
#define EVENT_INH                          MASK(62, 58)
#define LCOFIP                             BIT(LCOFI)
#define EXPECT_INTERRUPT(t, where, number) EXPECT_TRAP(t, where, .cause = INTERRUPT | (number))

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(read_scountovf, "csrr a0, 0xda0");
SNIPPET(write_scountovf, "csrw 0xda0, a0");

TEST(fields_of_mhpmevent)
{
    csr_write(mhpmevent3, EVENT_OF | EVENT_INH);
    CHECK_EQ(csr_read(mhpmevent3) & MASK(63, 58), EVENT_OF | EVENT_INH);
    csr_write(mhpmevent31, EVENT_OF | EVENT_INH);
    CHECK_EQ(csr_read(mhpmevent31) & MASK(63, 58), EVENT_OF | EVENT_INH);
    for (unsigned bit = 58; bit < 64; bit++) {
        csr_write(mhpmevent4, BIT(bit));
        CHECK_EQ(csr_read(mhpmevent4) & MASK(63, 58), BIT(bit));
    }
    csr_write(mhpmevent3, 0);
    csr_write(mhpmevent4, 0);
    csr_write(mhpmevent31, 0);
}

/* A bit is there for who may read the counter. */
TEST(scountovf)
{
    u64 set = BIT(3) | BIT(5) | BIT(31);

    csr_write(mhpmevent3, EVENT_OF);
    csr_write(mhpmevent5, EVENT_OF);
    csr_write(mhpmevent31, EVENT_OF);
    for (unsigned k = 0; k < 16; k++) {
        u64 m = k & 1 ? BIT(3) : 0, h = k & 4 ? BIT(3) : 0;
        m |= k & 2 ? BIT(5) | BIT(4) : BIT(31);
        h |= k & 8 ? BIT(5) : BIT(31);
        note(k);
        csr_write(mcounteren, m);
        csr_write(hcounteren, h);
        csr_write(scounteren, k & 1 ? ~0u : 0); /* of no account */
        EXPECT_VALUE(run(M_MODE, read_scountovf), set);
        EXPECT_VALUE(run(S_MODE, read_scountovf), set & m);
        EXPECT_VALUE(run(VS_MODE, read_scountovf), set & m & h);
    }
    csr_write(mhpmevent3, 0);
    csr_write(mhpmevent5, 0);
    csr_write(mhpmevent31, 0);
    EXPECT_VALUE(run(M_MODE, read_scountovf), 0);
}

TEST(scountovf_is_the_supervisors_to_read)
{
    csr_write(mcounteren, ~0u);
    csr_write(hcounteren, ~0u);
    csr_write(scounteren, ~0u);
    EXPECT_TRAP(run(U_MODE, read_scountovf), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, read_scountovf), LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, write_scountovf), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VS_MODE, write_scountovf), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* ---- the interrupt: bit 13 of mip, mie, sip, sie ---- */

TEST(bit_13)
{
    csr_set(mip, LCOFIP);
    csr_set(mie, LCOFIP);
    CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
    CHECK_EQ(csr_read(mie) & LCOFIP, LCOFIP);
    CHECK_EQ(csr_read(sip) & LCOFIP, 0); /* not delegated */
    CHECK_EQ(csr_read(sie) & LCOFIP, 0);
    csr_clear(sip, LCOFIP);
    CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
    csr_write(mideleg, LCOFIP);
    CHECK_EQ(csr_read(mideleg) & LCOFIP, LCOFIP);
    CHECK_EQ(csr_read(sip) & LCOFIP, LCOFIP);
    CHECK_EQ(csr_read(sie) & LCOFIP, LCOFIP);
    csr_clear(sip, LCOFIP);
    csr_clear(sie, LCOFIP);
    CHECK_EQ((csr_read(mip) | csr_read(mie)) & LCOFIP, 0);
    csr_set(sip, LCOFIP);
    CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
}

static void pend(u64 bits)
{
    csr_write(mie, bits);
    csr_write(mip, bits);
}

TEST(taken_by_m)
{
    pend(LCOFIP);
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_M, LCOFI);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_M, LCOFI);
    EXPECT_VALUE(run(M_MODE, do_nothing), 7);
    csr_set(mstatus, STATUS_MPIE);
    EXPECT_INTERRUPT(run(M_MODE, do_nothing), LEVEL_M, LCOFI);
}

TEST(taken_by_hs)
{
    csr_write(mideleg, LCOFIP);
    pend(LCOFIP);
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, LCOFI);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_HS, LCOFI);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    csr_set(sstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, LCOFI);
}

/* Shlcofideleg: the guest's LCOFI has the same number, for it is sip's and sie's bit itself. */
TEST(taken_by_vs)
{
    csr_write(mideleg, LCOFIP);
    CHECK_EQ(csr_write_read(hideleg, LCOFIP) & LCOFIP, LCOFIP);
    pend(LCOFIP);
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, LCOFI);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, LCOFI);
    csr_set(sstatus, STATUS_SIE);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7); /* the guest's, though HS sees it pending */
    CHECK_EQ(csr_read(sip) & LCOFIP, LCOFIP);
}

TEST(vsip_and_vsie_are_aliases)
{
    csr_write(mideleg, LCOFIP);
    pend(LCOFIP);
    CHECK_EQ((csr_read(vsip) | csr_read(vsie)) & LCOFIP, 0);
    csr_write(vsip, 0);
    csr_write(vsie, 0);
    CHECK_EQ(csr_read(mip) & csr_read(mie) & LCOFIP, LCOFIP);
    csr_write(hideleg, LCOFIP);
    CHECK_EQ(csr_read(vsip) & csr_read(vsie) & LCOFIP, LCOFIP);
    csr_clear(vsip, LCOFIP);
    csr_clear(vsie, LCOFIP);
    CHECK_EQ((csr_read(sip) | csr_read(sie)) & LCOFIP, 0);
    csr_set(vsie, LCOFIP);
    csr_set(vsip, LCOFIP);
    CHECK_EQ(csr_read(sip) & csr_read(sie) & LCOFIP, LCOFIP);
    csr_write(hideleg, 0);
    csr_write(mip, 0);
}

/* It comes last: MEI, MSI, MTI, SEI, SSI, STI, LCOFI; and in HS after the VS-level ones. */
TEST(priority)
{
    pend(LCOFIP | BIT(STI));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_M, STI);
    csr_write(mideleg, LCOFIP | BIT(STI));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, STI);
    pend(LCOFIP);
    csr_write(hvip, BIT(VSTI));
    csr_set(hie, BIT(VSTI));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, VSTI);
    csr_write(hideleg, LCOFIP | BIT(VSTI));
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, STI);
    csr_write(hvip, 0);
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, LCOFI);
}
