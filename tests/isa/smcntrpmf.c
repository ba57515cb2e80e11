/* Smcntrpmf: mcyclecfg and minstretcfg choose the modes in which mcycle and minstret count. */
#include "harness.h"
#include "paging.h"

#define MINH  BIT(62)
#define SINH  BIT(61)
#define UINH  BIT(60)
#define VSINH BIT(59)
#define VUINH BIT(58)
#define ALL   (MINH | SINH | UINH | VSINH | VUINH)

static const struct {
    enum mode mode;
    u64 inhibit;
} modes[] = {
    {S_MODE,  SINH },
    {U_MODE,  UINH },
    {VS_MODE, VSINH},
    {VU_MODE, VUINH},
    {M_MODE,  MINH },
};
enum { BELOW_M = 4, MODES = 5 };

/* By number: the assembler does not know them. */
#define mcyclecfg          0x321
#define minstretcfg        0x322
#define WRITE(csr, value)  WRITE_(csr, value)
#define WRITE_(csr, value) csr_write(csr, value)
#define READ(csr)          READ_(csr)
#define READ_(csr)         csr_read(csr)

static void count_everywhere(void)
{
    WRITE(mcyclecfg, 0);
    WRITE(minstretcfg, 0);
}

SNIPPET(five, "nop\nnop\nnop\nnop\nnop");
SNIPPET(two_then_trap, "nop\nnop\nebreak");

TEST(fields)
{
    WRITE(mcyclecfg, ~0ull);
    CHECK_EQ(READ(mcyclecfg) & (BIT(63) | ALL), ALL); /* bit 63 is read-only zero */
    WRITE(minstretcfg, ~0ull);
    CHECK_EQ(READ(minstretcfg) & (BIT(63) | ALL), ALL);
    for (unsigned k = 0; k < MODES; k++) {
        WRITE(minstretcfg, modes[k].inhibit);
        CHECK_EQ(READ(minstretcfg) & ALL, modes[k].inhibit);
    }
    count_everywhere();
    CHECK_EQ(READ(mcyclecfg) & ALL, 0);
    CHECK_EQ(READ(minstretcfg) & ALL, 0);
}

/* Five instructions and the return retire; the ecall behind it does not. */
TEST(instret_counts_where_it_may)
{
    for (unsigned k = 0; k < BELOW_M; k++) {
        for (unsigned m = 0; m < BELOW_M; m++) {
            note(16 * k + m);
            WRITE(minstretcfg, ALL & ~modes[k].inhibit);
            csr_write(minstret, 100);
            EXPECT_RETURN(run(modes[m].mode, five));
            CHECK_EQ(csr_read(minstret), m == k ? 106 : 100);
            WRITE(minstretcfg, MINH | modes[k].inhibit);
            csr_write(minstret, 100);
            EXPECT_RETURN(run(modes[m].mode, five));
            CHECK_EQ(csr_read(minstret), m == k ? 100 : 106);
        }
    }
    count_everywhere();
}

TEST(machine_mode)
{
    WRITE(minstretcfg, MINH);
    u64 before = csr_read(minstret);
    CHECK_EQ(csr_read(minstret), before);
    WRITE(minstretcfg, ALL & ~MINH);
    before = csr_read(minstret);
    CHECK_EQ(csr_read(minstret) > before, true);
    count_everywhere();
}

/* "Instructions that cause synchronous exceptions [...] do not increment instret." */
TEST(a_trap_does_not_retire)
{
    WRITE(minstretcfg, ALL & ~UINH);
    csr_write(minstret, 0);
    EXPECT_TRAP(run(U_MODE, two_then_trap), LEVEL_M, .cause = BREAKPOINT,
                .epc = (u64)two_then_trap + 8, .tval = (u64)two_then_trap + 8);
    CHECK_EQ(csr_read(minstret), 2);
    count_everywhere();
}

/* "xRET [...] should increment instret only if the originating privilege mode is not inhibited." */

#define READ_BELOW "1: nop\ncsrr a0, instret"

SNIPPET(mret_to_u, "la t0, 1f\ncsrw mepc, t0\nli t0, 0x1800\ncsrc mstatus, t0\n"
                   "csrw minstret, zero\nnop\nmret\n" READ_BELOW);
SNIPPET(sret_to_u, "la t0, 1f\ncsrw sepc, t0\nli t0, 0x100\ncsrc sstatus, t0\n"
                   "csrr t1, instret\nnop\nsret\n" READ_BELOW "\nsub a0, a0, t1");
SNIPPET(sret_to_vs,
        "la t0, 1f\ncsrw sepc, t0\nli t0, 0x100\ncsrs sstatus, t0\nli t0, 0x80\n"
        "csrs hstatus, t0\ncsrr t1, instret\nnop\nsret\n" READ_BELOW "\nsub a0, a0, t1");

static void open_counters(void)
{
    csr_write(mcounteren, 7);
    csr_write(hcounteren, 7);
    csr_write(scounteren, 7);
}

TEST(returns_count_where_they_are_made)
{
    open_counters();
    WRITE(minstretcfg, UINH);
    EXPECT_VALUE(run(M_MODE, mret_to_u), 2); /* nop, mret */
    WRITE(minstretcfg, MINH);
    EXPECT_VALUE(run(M_MODE, mret_to_u), 1); /* the nop in U */
    WRITE(minstretcfg, 0);
    EXPECT_VALUE(run(M_MODE, mret_to_u), 3);
    WRITE(minstretcfg, UINH);
    EXPECT_VALUE(run(S_MODE, sret_to_u), 3); /* csrr, nop, sret */
    WRITE(minstretcfg, SINH);
    EXPECT_VALUE(run(S_MODE, sret_to_u), 1);
    WRITE(minstretcfg, VUINH);
    EXPECT_VALUE(run(VS_MODE, sret_to_u), 3);
    WRITE(minstretcfg, VSINH);
    EXPECT_VALUE(run(VS_MODE, sret_to_u), 1);
    WRITE(minstretcfg, VSINH);
    EXPECT_VALUE(run(S_MODE, sret_to_vs), 3);
    WRITE(minstretcfg, SINH);
    EXPECT_VALUE(run(S_MODE, sret_to_vs), 1);
    count_everywhere();
}

TEST(cycles_stand_still_where_inhibited)
{
    open_counters();
    for (unsigned k = 0; k < BELOW_M; k++) {
        note(k);
        WRITE(mcyclecfg, MINH | modes[k].inhibit);
        csr_write(mcycle, 1000);
        EXPECT_RETURN(run(modes[k].mode, five));
        CHECK_EQ(csr_read(mcycle), 1000);
        WRITE(mcyclecfg, ALL & ~modes[k].inhibit);
        csr_write(mcycle, 1000);
        EXPECT_RETURN(run(modes[k].mode, five));
        u64 after = csr_read(mcycle);
        CHECK_EQ(after > 1000 && after == csr_read(mcycle), true);
    }
    count_everywhere();
}

/* The two registers are two, and mcountinhibit stops what they let run. */
TEST(registers_are_independent)
{
    WRITE(mcyclecfg, ALL);
    WRITE(minstretcfg, ALL & ~UINH);
    csr_write(mcycle, 7);
    csr_write(minstret, 7);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mcycle), 7);
    CHECK_EQ(csr_read(minstret), 13);
    csr_write(mcountinhibit, 4);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(minstret), 13);
    csr_write(mcountinhibit, 0);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(minstret), 19);
    count_everywhere();
}
