/* Smdbltrp, as far as a program survives it (priv. spec, "Double Trap Control in mstatus
 * Register"). What a double trap comes to: smrnmi.c with that extension,
 * tests/host/test_double_trap.c without.
 */
#include "harness.h"
#include "paging.h"

#define SDT        BIT(24)
#define MDT        BIT(42)
#define ENVCFG_DTE BIT(59)

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_illegal, ".word 0");
SNIPPET(read_mstatus, "csrr a0, mstatus");
SNIPPET(do_sret, "csrw sepc, a0\nsret");
SNIPPET(set_mdt_and_sret, "li t0, 1\nslli t0, t0, 42\ncsrs mstatus, t0\ncsrw sepc, a0\nsret");

TEST(mdt_keeps_mie_clear)
{
    u64 both = MDT | STATUS_MIE;

    csr_clear(mstatus, MDT);
    csr_set(mstatus, STATUS_MIE);
    CHECK_EQ(csr_read(mstatus) & both, STATUS_MIE);
    csr_set(mstatus, MDT);
    CHECK_EQ(csr_read(mstatus) & both, MDT);
    csr_set(mstatus, both);
    CHECK_EQ(csr_read(mstatus) & both, MDT);
    csr_write(mstatus, (csr_read(mstatus) & ~MDT) | STATUS_MIE);
    CHECK_EQ(csr_read(mstatus) & both, STATUS_MIE);
    csr_clear(mstatus, STATUS_MIE);
}

TEST(a_trap_sets_mdt)
{
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

    for (unsigned i = 0; i < 5; i++) {
        note(modes[i]);
        struct trap t = run(modes[i], do_illegal);
        EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        CHECK_EQ(t.status & MDT, MDT);
        CHECK_EQ(csr_read(mstatus) & MDT, MDT);
    }
    csr_clear(mstatus, MDT);
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    struct trap t = run(U_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* MRET clears it, wherever it goes to. */
TEST(mret)
{
    csr_set(mstatus, MDT);
    struct trap t = run(M_MODE, read_mstatus);
    CHECK_EQ(t.level, NOT_TAKEN);
    CHECK_EQ(t.value & MDT, 0);
}

/* And SRET in M-mode: the ecall by which the snippet ends would be a double trap otherwise. SRET in
 * S-mode has nothing to do with it. */
TEST(sret)
{
    csr_clear(mstatus, STATUS_SPP);
    EXPECT_VALUE(run(M_MODE, set_mdt_and_sret, do_nothing), 7);
    csr_clear(mstatus, STATUS_SPP);
    EXPECT_VALUE(run(S_MODE, do_sret, do_nothing), 7);
}

/* With Ssdbltrp as well, what MRET and M-mode's SRET clear below. */
TEST(with_ssdbltrp)
{
    for (unsigned by_sret = 0; by_sret < 2; by_sret++) {
        for (unsigned to = 0; to < 4; to++) { /* bit 0: S, bit 1: V */
            note(by_sret << 4 | to);
            csr_write(menvcfg, ENVCFG_DTE);
            csr_write(henvcfg, ENVCFG_DTE);
            csr_set(mstatus, SDT);
            csr_set(vsstatus, SDT);
            csr_clear(mstatus, STATUS_SPP);
            csr_clear(hstatus, HSTATUS_SPV);
            if (to & 1) csr_set(mstatus, STATUS_SPP);
            if (to & 2) csr_set(hstatus, HSTATUS_SPV);
            if (by_sret)
                EXPECT_VALUE(run(M_MODE, set_mdt_and_sret, do_nothing), 7);
            else
                EXPECT_VALUE(run((enum mode)((to & 1) | (to & 2) << 1), do_nothing), 7);
            /* "An SRET instruction sets the SDT bit to 0": to S-mode too (Spike leaves it set). */
            CHECK_EQ(csr_read(mstatus) & SDT, to == 1 && !by_sret ? SDT : 0);
            CHECK_EQ(csr_read(vsstatus) & SDT, to == 2 ? 0 : SDT);
        }
    }
}

/* A double trap of S-mode is an ordinary trap into M-mode, and sets MDT. */
TEST(double_trap_of_s)
{
    csr_write(menvcfg, ENVCFG_DTE);
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_set(mstatus, SDT);
    struct trap t = run(S_MODE, do_illegal);
    CHECK_EQ(t.level, LEVEL_M);
    CHECK_EQ(t.cause, 16);
    CHECK_EQ(t.tval2, ILLEGAL_INSTRUCTION);
    CHECK_EQ(t.status & (MDT | SDT), MDT | SDT);
}
