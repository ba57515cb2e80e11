/* Interrupts of M and S: where they are taken, enables, delegation, priorities, the CLINT's two
 * sources, stimecmp (priv. spec 3.1.9, 4.1.3; Sstc). */
#include "harness.h"

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_wfi, "wfi\nli a0, 8");

#define S_INTERRUPTS                       (BIT(SSI) | BIT(STI) | BIT(SEI))
#define EXPECT_INTERRUPT(t, where, number) EXPECT_TRAP(t, where, .cause = INTERRUPT | (number))

static void msip(u32 level)
{
    CLINT_MSIP = level;
    while ((csr_read(mip) >> MSI & 1) != level) {
    }
}

/* mtime reached or not: mip shows it after a while. */
static void mtip(bool level)
{
    CLINT_MTIMECMP = level ? 0 : ~0ull;
    while ((csr_read(mip) >> MTI & 1) != level) {
    }
}

TEST(mip_bits_of_the_clint)
{
    msip(1);
    mtip(true);
    csr_write(mip, 0); /* MSIP and MTIP are read-only */
    CHECK_EQ(csr_read(mip) & (BIT(MSI) | BIT(MTI)), BIT(MSI) | BIT(MTI));
    msip(0);
    mtip(false);
    CHECK_EQ(csr_read(mip) & (BIT(MSI) | BIT(MTI)), 0);
}

/* Less than M: always. In M: by mstatus.MIE. */
TEST(machine_interrupts)
{
    csr_write(mie, BIT(MSI) | BIT(MTI));
    csr_write(mideleg, ~0ull);
    msip(1);
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_M, MSI);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MSI);
    csr_clear(mstatus, STATUS_MPIE);
    EXPECT_VALUE(run(M_MODE, do_nothing), 7);
    csr_set(mstatus, STATUS_MPIE);
    EXPECT_INTERRUPT(run(M_MODE, do_nothing), LEVEL_M, MSI);
    mtip(true);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MSI); /* software before timer */
    msip(0);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MTI);
    csr_write(mie, 0);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    mtip(false);
}

/* Undelegated S-level interrupts go to M with their own codes: SEI, SSI, STI. */
TEST(supervisor_interrupts_in_m)
{
    static const unsigned order[] = {SEI, SSI, STI};

    csr_write(mie, S_INTERRUPTS);
    csr_set(mip, S_INTERRUPTS);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_M, order[i]);
        csr_clear(mip, BIT(order[i]));
    }
}

/* Delegated: from U always, from S by sstatus.SIE, from M never. */
TEST(supervisor_interrupts_in_s)
{
    static const unsigned order[] = {SEI, SSI, STI};

    csr_write(mideleg, S_INTERRUPTS);
    csr_write(mie, S_INTERRUPTS);
    csr_set(mip, S_INTERRUPTS);
    for (unsigned i = 0; i < 3; i++) {
        csr_clear(sstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, order[i]);
        EXPECT_VALUE(run(S_MODE, do_nothing), 7);
        csr_set(mstatus, STATUS_MPIE);
        EXPECT_VALUE(run(M_MODE, do_nothing), 7);
        csr_set(sstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, order[i]);
        csr_clear(mip, BIT(order[i]));
    }
}

/* What goes to M precedes what goes to S, whatever the numbers. */
TEST(m_before_s)
{
    csr_write(mideleg, BIT(SEI));
    csr_write(mie, BIT(SEI) | BIT(STI));
    csr_set(mip, BIT(SEI) | BIT(STI));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_M, STI);
}

/* A pending M-level interrupt is before any S-level one in M: MSI, MTI, then SEI ... */
TEST(machine_before_supervisor_in_m)
{
    csr_write(mie, S_INTERRUPTS | BIT(MTI) | BIT(MSI));
    csr_set(mip, S_INTERRUPTS);
    mtip(true);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MTI);
    msip(1);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MSI);
    msip(0);
    mtip(false);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, SEI);
}

/* An interrupt becomes possible in the middle: by writing sie, sstatus, sip, or by SRET. */
TEST(enabled_by_a_csr_write)
{
    SNIPPET(write_sie, "csrw sie, a0\nnop\nnop\nnop");
    SNIPPET(write_sstatus, "csrsi sstatus, 2\nnop\nnop\nnop");
    SNIPPET(write_sip, "csrsi sip, 2\nnop\nnop\nnop");

    csr_write(mideleg, S_INTERRUPTS);
    csr_set(mip, BIT(SSI));
    csr_set(sstatus, STATUS_SIE);
    EXPECT_TRAP(run(S_MODE, write_sie, BIT(SSI)), LEVEL_HS, .cause = INTERRUPT | SSI,
                .epc = (u64)write_sie + 4);
    csr_clear(sstatus, STATUS_SIE);
    EXPECT_TRAP(run(S_MODE, write_sstatus), LEVEL_HS, .cause = INTERRUPT | SSI,
                .epc = (u64)write_sstatus + 4);
    csr_clear(mip, BIT(SSI));
    csr_set(sstatus, STATUS_SIE);
    EXPECT_TRAP(run(S_MODE, write_sip), LEVEL_HS, .cause = INTERRUPT | SSI,
                .epc = (u64)write_sip + 4);
}

/* The same in M-mode: by mie, mip, mstatus, and by mideleg, which masks in M what it delegates. */
TEST(enabled_by_a_csr_write_in_m)
{
    SNIPPET(write_mie, "csrw mie, a0\nnop\nnop\nnop");
    SNIPPET(write_mip, "csrsi mip, 2\nnop\nnop\nnop");
    SNIPPET(write_mstatus, "csrsi mstatus, 8\nnop\nnop\nnop");
    SNIPPET(write_mideleg, "csrw mideleg, zero\nnop\nnop\nnop");
    static const u32 *const code[] = {write_mie, write_mip, write_mstatus, write_mideleg};

    for (unsigned i = 0; i < 4; i++) {
        csr_write(mie, code[i] == write_mie ? 0 : BIT(SSI));
        csr_write(mip, code[i] == write_mip ? 0 : BIT(SSI));
        csr_write(mideleg, code[i] == write_mideleg ? BIT(SSI) : 0);
        csr_set(mstatus, STATUS_MPIE);
        if (code[i] == write_mstatus) csr_clear(mstatus, STATUS_MPIE);
        note(i);
        EXPECT_TRAP(run(M_MODE, code[i], BIT(SSI)), LEVEL_M, .cause = INTERRUPT | SSI,
                    .epc = (u64)code[i] + 4);
    }
}

/* Nor is one taken that a write has taken back before the enable. */
TEST(withdrawn_by_a_csr_write)
{
    SNIPPET(clear_and_enable, "csrci mip, 2\ncsrsi mstatus, 8\nnop\nnop\nli a0, 6");
    SNIPPET(mask_and_enable, "csrw mie, zero\ncsrsi mstatus, 8\nnop\nnop\nli a0, 6");
    static const u32 *const code[] = {clear_and_enable, mask_and_enable};

    for (unsigned i = 0; i < 2; i++) {
        csr_write(mie, BIT(SSI));
        csr_write(mip, BIT(SSI));
        csr_clear(mstatus, STATUS_MPIE);
        EXPECT_VALUE(run(M_MODE, code[i]), 6);
    }
}

/* SRET sets SIE from SPIE: what was pending is taken before the instruction it returns to. */
TEST(enabled_by_sret)
{
    SNIPPET(return_to_s, "csrw sepc, a0\nli t0, 0x120\ncsrs sstatus, t0\nsret");

    csr_write(mideleg, BIT(SSI));
    csr_write(mie, BIT(SSI));
    csr_write(mip, BIT(SSI));
    EXPECT_TRAP(run(S_MODE, return_to_s, do_nothing), LEVEL_HS, .cause = INTERRUPT | SSI,
                .epc = (u64)do_nothing);
}

/* Direct: each to BASE. Vectored: to BASE + 4 x its number. */
TEST(vector_of_each_interrupt)
{
    static const unsigned numbers[] = {SSI, STI, SEI, MSI, MTI, LCOFI};

    csr_write(mie, ~0ull);
    for (unsigned i = 0; i < 6; i++) {
        u64 n = numbers[i];
        if (n == MSI) msip(1);
        if (n == MTI) mtip(true);
        csr_write(mip, BIT(n));
        if (!(csr_read(mip) & csr_read(mie) & BIT(n))) continue; /* without Sscofpmf: LCOFI */
        for (unsigned mode = 0; mode < 2; mode++) {
            csr_write(mtvec, (u64)vector_table | mode);
            note(n << 4 | mode);
            struct trap t = run(S_MODE, do_nothing);
            EXPECT_INTERRUPT(t, LEVEL_M, n);
            CHECK_EQ(t.vector - 4 - (u64)vector_table, mode ? 4 * n : 0);
        }
        msip(0);
        mtip(false);
    }
    csr_write(mtvec, trap_m);
}

/* ---- WFI ---- */

/* Sleep in S-mode until the timer interrupts. The timer runs on while S-mode is being entered, in
 * the host's time on some simulators: when it was over too soon, give it longer. */
static struct trap sleep_until_the_timer(void)
{
    struct trap t;
    u64 ticks = 200;

    do {
        CLINT_MTIMECMP = CLINT_MTIME + ticks;
        t = run(S_MODE, do_wfi);
        ticks *= 4;
    } while (t.epc == (u64)do_wfi && ticks < MIB);
    return t;
}

/* WFI wakes for an enabled interrupt even where it is globally disabled, and goes on after it. */
TEST(wfi_wakes_for_the_timer)
{
    csr_write(mie, BIT(MTI));
    CLINT_MTIMECMP = CLINT_MTIME + 200;
    csr_clear(mstatus, STATUS_MPIE);
    EXPECT_VALUE(run(M_MODE, do_wfi), 8);
    CHECK_EQ(CLINT_MTIME >= CLINT_MTIMECMP, 1);
    EXPECT_TRAP(sleep_until_the_timer(), LEVEL_M, .cause = INTERRUPT | MTI, .epc = (u64)do_wfi + 4);
    CLINT_MTIMECMP = ~0ull;
}

/* It sees mie and mip alone: what is delegated and disabled at its level wakes it as well, in M and
 * in S. (Where it does not, the program hangs here.) */
TEST(wfi_wakes_whoever_it_is_for)
{
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    csr_write(mideleg, BIT(SSI));
    EXPECT_VALUE(run(M_MODE, do_wfi), 8);
    EXPECT_VALUE(run(S_MODE, do_wfi), 8);
    csr_set(sstatus, STATUS_SIE);
    EXPECT_VALUE(run(M_MODE, do_wfi), 8);
}

/* What is pending and not enabled in mie need not wake it; the timer does. WFI may end for any
 * reason, so that not even the time is certain: but it goes on behind it. */
TEST(wfi_and_what_is_not_enabled)
{
    csr_write(mie, BIT(MTI));
    csr_set(mip, BIT(SSI));
    CLINT_MTIMECMP = CLINT_MTIME + 200;
    EXPECT_VALUE(run(M_MODE, do_wfi), 8);
#if RICHEST
    CHECK_EQ(CLINT_MTIME >= CLINT_MTIMECMP, 1);
#endif
    CLINT_MTIMECMP = ~0ull;
}

/* ---- Sstc ---- */

static u64 stip_settles_at(u64 want)
{
    u64 now = 0;

    for (unsigned i = 0; i < 20000; i++) {
        now = csr_read(mip) >> STI & 1;
        if (now == want) break;
    }
    return now;
}

TEST(stimecmp)
{
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(stimecmp, ~0ull);
    CHECK_EQ(stip_settles_at(0), 0);
    csr_write(stimecmp, 0);
    CHECK_EQ(stip_settles_at(1), 1);
    csr_write(mip, 0); /* STIP is read-only with STCE */
    CHECK_EQ(csr_read(mip) >> STI & 1, 1);
    csr_write(mideleg, BIT(STI));
    csr_write(mie, BIT(STI));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, STI);
    csr_write(stimecmp, ~0ull);
    CHECK_EQ(stip_settles_at(0), 0);
}

/* With STCE, STIP is the comparison and nothing else: what software wrote there does not show. */
TEST(stip_with_stce)
{
    csr_set(mip, BIT(STI));
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(stimecmp, ~0ull);
    CHECK_EQ(stip_settles_at(0), 0);
    csr_set(mip, BIT(STI));
    CHECK_EQ(stip_settles_at(0), 0);
    csr_write(menvcfg, 0);
    csr_clear(mip, BIT(STI));
}

TEST(wfi_wakes_for_stimecmp)
{
    SNIPPET(arm_and_sleep, "csrr t0, time\naddi t0, t0, 200\ncsrw stimecmp, t0\nwfi\n"
                           "csrr a0, time\nsltu a0, a0, t0");
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(mcounteren, 2);
    csr_write(mideleg, BIT(STI));
    csr_write(mie, BIT(STI));
    EXPECT_VALUE(run(S_MODE, arm_and_sleep), 0);
}

/* S arms it and loops. */
TEST(stimecmp_interrupts)
{
    SNIPPET(arm, "csrr t0, time\naddi t0, t0, 20\ncsrw stimecmp, t0\n1: j 1b");
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(mcounteren, 2);
    csr_write(mideleg, BIT(STI));
    csr_write(mie, BIT(STI));
    csr_set(sstatus, STATUS_SIE);
    EXPECT_TRAP(run(S_MODE, arm), LEVEL_HS, .cause = INTERRUPT | STI, .epc = (u64)arm + 12);
    CHECK_EQ(csr_read(time) >= csr_read(stimecmp), 1);
}

/* Without menvcfg.STCE, STIP is software's, and stimecmp belongs to M alone. */
TEST(without_stce)
{
    SNIPPET(read_stimecmp, "csrr a0, stimecmp");
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(stimecmp, ~0ull);
    csr_write(mcounteren, 2);
    EXPECT_VALUE(run(S_MODE, read_stimecmp), ~0ull);
    EXPECT_TRAP(run(U_MODE, read_stimecmp), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    csr_write(mcounteren, 0);
    EXPECT_TRAP(run(S_MODE, read_stimecmp), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    csr_write(mcounteren, 2);
    csr_write(menvcfg, 0);
    EXPECT_TRAP(run(S_MODE, read_stimecmp), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_VALUE(run(M_MODE, read_stimecmp), ~0ull);
    csr_set(mip, BIT(STI));
    CHECK_EQ(stip_settles_at(1), 1);
    csr_clear(mip, BIT(STI));
    CHECK_EQ(stip_settles_at(0), 0);
}

/* ---- time and counters ---- */

TEST(time_is_mtime)
{
    u64 before = CLINT_MTIME, t = csr_read(time), after = CLINT_MTIME;
    CHECK_EQ(before <= t && t <= after, 1);
}

TEST(mcountinhibit)
{
    csr_write(mcountinhibit, 5);
    CHECK_EQ(csr_read(mcountinhibit) & 5, 5);
    u64 instret = csr_read(minstret), cycle = csr_read(mcycle);
    CHECK_EQ(csr_read(minstret), instret);
    CHECK_EQ(csr_read(mcycle), cycle);
    csr_write(mcountinhibit, 0);
    CHECK_EQ(csr_read(mcycle) > cycle, 1);
}

/* minstret can be written; the write wins over the instruction's own increment. */
TEST(minstret)
{
    SNIPPET(write_and_read, "csrw minstret, a0\ncsrr a0, minstret");
    SNIPPET(write_three_later, "csrw minstret, a0\nnop\nnop\nnop\ncsrr a0, minstret");
    EXPECT_VALUE(run(M_MODE, write_and_read, 1000), 1000);
    EXPECT_VALUE(run(M_MODE, write_three_later, 1000), 1003);
    SNIPPET(wrap, "li a0, -1\ncsrw minstret, a0\nnop\ncsrr a0, minstret");
    EXPECT_VALUE(run(M_MODE, wrap), 0);
}

/* A trapping instruction does not retire, ECALL and EBREAK included (priv. spec 3.3.1). */
TEST(traps_do_not_retire)
{
    SNIPPET(around_a_trap, "la t0, 1f\ncsrr t2, mtvec\ncsrw mtvec, t0\ncsrw minstret, zero\nnop\n"
                           "ecall\n.balign 4\n1: csrr a0, minstret\ncsrw mtvec, t2");
    EXPECT_VALUE(run(M_MODE, around_a_trap), 1);
}
