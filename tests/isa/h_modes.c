/* Entering VS and VU, which level takes a trap from there, and the way back
 * (H extension, "Trap Entry" and "Trap Return"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ecall, "ecall");
SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_illegal, ".word 0");
SNIPPET(do_ebreak, "ebreak");
SNIPPET(do_load, "ld a0, (a0)");

/* Set sepc to a1 and return to where hstatus.SPV and sstatus.SPP say. */
SNIPPET(do_sret_to, "csrw sepc, a1\nsret");

static const enum mode lesser_modes[] = {U_MODE, S_MODE, VU_MODE, VS_MODE};

#define ALL_EXCEPTIONS (MASK(15, 0) | MASK(23, 20))

static u64 ecall_cause(enum mode m)
{
    return m == M_MODE ? ECALL_M : m == S_MODE ? ECALL_S : m == VS_MODE ? ECALL_VS : ECALL_U;
}

TEST(every_mode_runs)
{
    for (unsigned i = 0; i < 4; i++) EXPECT_VALUE(run(lesser_modes[i], do_nothing), 7);
    EXPECT_VALUE(run(M_MODE, do_nothing), 7);
}

TEST(ecall_goes_to_m_by_default)
{
    for (unsigned i = 0; i < 4; i++)
        EXPECT_TRAP(run(lesser_modes[i], do_ecall), LEVEL_M, .cause = ecall_cause(lesser_modes[i]));
    EXPECT_TRAP(run(M_MODE, do_ecall), LEVEL_M, .cause = ECALL_M);
}

TEST(ecall_delegated_to_hs)
{
    csr_write(medeleg, BIT(ECALL_U) | BIT(ECALL_VS));
    EXPECT_TRAP(run(U_MODE, do_ecall), LEVEL_HS, .cause = ECALL_U);
    EXPECT_TRAP(run(VU_MODE, do_ecall), LEVEL_HS, .cause = ECALL_U);
    EXPECT_TRAP(run(VS_MODE, do_ecall), LEVEL_HS, .cause = ECALL_VS);
}

TEST(ecall_of_s_delegated_to_s)
{
    csr_write(medeleg, BIT(ECALL_S));
    EXPECT_TRAP(run(S_MODE, do_ecall), LEVEL_HS, .cause = ECALL_S);
    EXPECT_TRAP(run(VS_MODE, do_ecall), LEVEL_M, .cause = ECALL_VS);
}

TEST(ecall_of_vu_delegated_to_vs)
{
    csr_write(medeleg, BIT(ECALL_U));
    csr_write(hedeleg, BIT(ECALL_U));
    EXPECT_TRAP(run(VU_MODE, do_ecall), LEVEL_VS, .cause = ECALL_U);
    EXPECT_TRAP(run(U_MODE, do_ecall), LEVEL_HS, .cause = ECALL_U);
}

TEST(hedeleg_without_medeleg_does_nothing)
{
    csr_write(hedeleg, BIT(ECALL_U) | BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(VU_MODE, do_ecall), LEVEL_M, .cause = ECALL_U);
    EXPECT_TRAP(run(VS_MODE, do_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(traps_in_m_stay_in_m)
{
    csr_write(medeleg, ALL_EXCEPTIONS);
    csr_write(hedeleg, ALL_EXCEPTIONS);
    EXPECT_TRAP(run(M_MODE, do_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, do_ebreak), LEVEL_M, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
}

TEST(illegal_instruction_at_each_level)
{
    EXPECT_TRAP(run(VS_MODE, do_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(VS_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(U_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(VS_MODE, do_illegal), LEVEL_VS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, do_illegal), LEVEL_VS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* A breakpoint's tval is the virtual address of the ebreak (or 0), so GVA tells V. */
TEST(breakpoint_and_gva)
{
    u64 pc = (u64)do_ebreak;

    EXPECT_TRAP(run(S_MODE, do_ebreak), LEVEL_M, .cause = BREAKPOINT, .tval = pc);
    EXPECT_TRAP(run(VU_MODE, do_ebreak), LEVEL_M, .cause = BREAKPOINT, .tval = pc, .gva = true);
    csr_write(medeleg, BIT(BREAKPOINT));
    EXPECT_TRAP(run(U_MODE, do_ebreak), LEVEL_HS, .cause = BREAKPOINT, .tval = pc);
    EXPECT_TRAP(run(VS_MODE, do_ebreak), LEVEL_HS, .cause = BREAKPOINT, .tval = pc, .gva = true);
    csr_write(hedeleg, BIT(BREAKPOINT));
    EXPECT_TRAP(run(VU_MODE, do_ebreak), LEVEL_VS, .cause = BREAKPOINT, .tval = pc);
}

/* A later trap without an address clears GVA again. */
TEST(gva_is_cleared)
{
    csr_write(medeleg, BIT(BREAKPOINT) | BIT(ECALL_VS));
    run(VS_MODE, do_ebreak);
    EXPECT_TRAP(run(VS_MODE, do_ecall), LEVEL_HS, .cause = ECALL_VS);
    csr_write(medeleg, 0);
    run(VS_MODE, do_ebreak);
    EXPECT_TRAP(run(VS_MODE, do_ecall), LEVEL_M, .cause = ECALL_VS);
}

/* SPVP keeps what the last trap from V=1 wrote when a trap comes from V=0. */
TEST(spvp_only_follows_traps_from_the_guest)
{
    csr_write(medeleg, BIT(ECALL_U) | BIT(ECALL_VS) | BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(VS_MODE, do_ecall), LEVEL_HS, .cause = ECALL_VS);
    CHECK_EQ(csr_read(hstatus) & HSTATUS_SPVP, HSTATUS_SPVP);
    EXPECT_TRAP(run(U_MODE, do_ecall), LEVEL_HS, .cause = ECALL_U);
    CHECK_EQ(csr_read(hstatus) & HSTATUS_SPVP, HSTATUS_SPVP);
    EXPECT_TRAP(run(VU_MODE, do_ecall), LEVEL_HS, .cause = ECALL_U);
    CHECK_EQ(csr_read(hstatus) & HSTATUS_SPVP, 0);
    EXPECT_TRAP(run(S_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(csr_read(hstatus) & HSTATUS_SPVP, 0);
}

/* A load access fault (nothing is at physical address 0) delegated down to VS. */
TEST(access_fault_at_each_level)
{
    EXPECT_TRAP(run(VS_MODE, do_load, 8), LEVEL_M, .cause = LOAD_ACCESS, .tval = 8, .gva = true);
    csr_write(medeleg, BIT(LOAD_ACCESS));
    EXPECT_TRAP(run(VU_MODE, do_load, 8), LEVEL_HS, .cause = LOAD_ACCESS, .tval = 8, .gva = true);
    EXPECT_TRAP(run(S_MODE, do_load, 8), LEVEL_HS, .cause = LOAD_ACCESS, .tval = 8);
    csr_write(hedeleg, BIT(LOAD_ACCESS));
    EXPECT_TRAP(run(VS_MODE, do_load, 8), LEVEL_VS, .cause = LOAD_ACCESS, .tval = 8);
}

/* Trap entry: xPIE = xIE and xIE = 0, at the level that takes it and at no other. */
TEST(interrupt_enable_stack_of_vs)
{
    csr_write(medeleg, BIT(ECALL_U));
    csr_write(hedeleg, BIT(ECALL_U));
    csr_set(vsstatus, STATUS_SIE);
    csr_clear(mstatus, STATUS_SIE | STATUS_SPIE);
    struct trap t = run(VU_MODE, do_ecall);
    EXPECT_TRAP(t, LEVEL_VS, .cause = ECALL_U);
    CHECK_EQ(t.status & (STATUS_SIE | STATUS_SPIE), STATUS_SPIE);
    CHECK_EQ(csr_read(mstatus) & (STATUS_SIE | STATUS_SPIE), 0);
}

TEST(interrupt_enable_stack_of_hs)
{
    csr_write(medeleg, BIT(ECALL_U));
    csr_set(mstatus, STATUS_SIE);
    csr_clear(vsstatus, STATUS_SIE | STATUS_SPIE);
    struct trap t = run(VU_MODE, do_ecall);
    EXPECT_TRAP(t, LEVEL_HS, .cause = ECALL_U);
    CHECK_EQ(t.status & (STATUS_SIE | STATUS_SPIE), STATUS_SPIE);
    CHECK_EQ(csr_read(vsstatus) & (STATUS_SIE | STATUS_SPIE), 0);
}

/* ---- returns ---- */

/* From HS, SRET goes to V = hstatus.SPV, privilege sstatus.SPP. ECALL then tells where we are. */
TEST(sret_from_hs)
{
    for (unsigned i = 0; i < 4; i++) {
        enum mode to = lesser_modes[i];

        csr_clear(hstatus, HSTATUS_SPV);
        csr_clear(sstatus, STATUS_SPP | STATUS_SIE);
        csr_set(sstatus, STATUS_SPIE | (to & 1 ? STATUS_SPP : 0));
        csr_set(hstatus, to & 4 ? HSTATUS_SPV : 0);
        struct trap t = run(S_MODE, do_sret_to, 0, do_ecall);
        CHECK_EQ(t.level, LEVEL_M);
        CHECK_EQ(t.cause, ecall_cause(to));
        CHECK_EQ(t.epc, (u64)do_ecall);
        CHECK_EQ(t.hstatus & HSTATUS_SPV, 0);
        CHECK_EQ(t.status & (STATUS_SPP | STATUS_SIE | STATUS_SPIE), STATUS_SIE | STATUS_SPIE);
        CHECK_EQ(!!(t.status & STATUS_MPV), to >> 2);
    }
}

/* In M-mode SRET does the same. */
TEST(sret_from_m)
{
    csr_set(hstatus, HSTATUS_SPV);
    csr_set(sstatus, STATUS_SPP);
    struct trap t = run(M_MODE, do_sret_to, 0, do_ecall);
    CHECK_EQ(t.cause, ECALL_VS);
    CHECK_EQ(csr_read(hstatus) & HSTATUS_SPV, 0);
}

/* From VS, SRET looks at vsstatus.SPP alone and V stays 1. */
TEST(sret_from_vs)
{
    for (unsigned to_vs = 0; to_vs < 2; to_vs++) {
        csr_clear(vsstatus, STATUS_SPP | STATUS_SIE);
        csr_set(vsstatus, STATUS_SPIE | (to_vs ? STATUS_SPP : 0));
        csr_clear(hstatus, HSTATUS_SPV);
        csr_clear(sstatus, STATUS_SPP | STATUS_SIE | STATUS_SPIE);
        csr_set(sstatus, to_vs ? 0 : STATUS_SPP);
        struct trap t = run(VS_MODE, do_sret_to, 0, do_ecall);
        CHECK_EQ(t.cause, to_vs ? ECALL_VS : ECALL_U);
        CHECK_EQ(t.status & STATUS_MPV, STATUS_MPV);
        CHECK_EQ(csr_read(vsstatus) & (STATUS_SPP | STATUS_SIE | STATUS_SPIE),
                 STATUS_SIE | STATUS_SPIE);
        CHECK_EQ(t.status & (STATUS_SPP | STATUS_SIE | STATUS_SPIE), to_vs ? 0 : STATUS_SPP);
    }
}

/* MRET: V = MPV unless MPP = 3; afterwards MPV = 0, MPP = 0, MIE = MPIE, MPIE = 1. */
TEST(mret_to_each_mode)
{
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};
    SNIPPET(mret_by_a0, "li t0, 0x8000001800\ncsrc mstatus, t0\ncsrs mstatus, a0\n"
                        "csrw mepc, a1\nmret");

    for (unsigned i = 0; i < 5; i++) {
        u64 mpp = (u64)(modes[i] & 3) << 11;
        struct trap t = run(M_MODE, mret_by_a0, mpp | (modes[i] & 4 ? STATUS_MPV : 0), do_ecall);

        CHECK_EQ(t.cause, ecall_cause(modes[i]));
        CHECK_EQ(!!(t.status & STATUS_MPV), modes[i] >> 2);
    }
    struct trap t = run(M_MODE, mret_by_a0, STATUS_MPP | STATUS_MPV, do_ecall);
    CHECK_EQ(t.cause, ECALL_M);
    CHECK_EQ(t.status & STATUS_MPV, 0);
}

TEST(mret_clears_mpv_and_mpp)
{
    SNIPPET(mret_to_m, "li t0, 0x8000001888\ncsrs mstatus, t0\nla t1, 1f\ncsrw mepc, t1\nmret\n"
                       "1: csrr a0, mstatus");
    struct trap t = run(M_MODE, mret_to_m);

    EXPECT_RETURN(t);
    CHECK_EQ(t.value & (STATUS_MPV | STATUS_MPP | STATUS_MIE | STATUS_MPIE),
             STATUS_MIE | STATUS_MPIE);
}

/* MRET and SRET to a mode less than M clear MPRV (priv. spec 3.1.6.1). */
TEST(mret_and_mprv)
{
    SNIPPET(mret_to_s, "li t0, 0x1800\ncsrc mstatus, t0\nli t0, 0x20800\ncsrs mstatus, t0\n"
                       "csrw mepc, a1\nmret");
    struct trap t = run(M_MODE, mret_to_s, 0, do_ecall);
    CHECK_EQ(t.cause, ECALL_S);
    CHECK_EQ(t.status & STATUS_MPRV, 0);
    SNIPPET(sret_to_s, "li t0, 0x21800\ncsrs mstatus, t0\ncsrw sepc, a1\nsret");
    csr_set(sstatus, STATUS_SPP);
    t = run(M_MODE, sret_to_s, 0, do_ecall);
    CHECK_EQ(t.cause, ECALL_S);
    CHECK_EQ(t.status & STATUS_MPRV, 0);
}

/* ---- delegation registers ---- */

TEST(hedeleg_writable_bits)
{
    u64 must = MASK(8, 1) | BIT(12) | BIT(13) | BIT(15);
    u64 never = BIT(9) | BIT(10) | BIT(11) | BIT(16) | MASK(23, 20);

    csr_write(hedeleg, ~0ull);
    CHECK_EQ(csr_read(hedeleg) & must, must);
    CHECK_EQ(csr_read(hedeleg) & never, 0);
    csr_write(hedeleg, 0);
    CHECK_EQ(csr_read(hedeleg), 0);
}

TEST(hideleg_and_mideleg_bits)
{
    csr_write(hideleg, ~0ull);
    CHECK_EQ(csr_read(hideleg) & 0x1666, BIT(VSSI) | BIT(VSTI) | BIT(VSEI));
    csr_write(mideleg, 0);
    CHECK_EQ(csr_read(mideleg) & (BIT(VSSI) | BIT(VSTI) | BIT(VSEI)),
             BIT(VSSI) | BIT(VSTI) | BIT(VSEI));
}

/* medeleg: ecall from M can never be delegated (bit 11 read-only 0); guest-page faults, virtual
 * instruction and ecall from VS can. */
TEST(medeleg_bits)
{
    csr_write(medeleg, ~0ull);
    CHECK_EQ(csr_read(medeleg) & BIT(ECALL_M), 0);
    CHECK_EQ(csr_read(medeleg) & BIT(MISALIGNED_FETCH), 0); /* since IALIGN is 16 */
    CHECK_EQ(csr_read(medeleg) & (BIT(10) | MASK(23, 20)), BIT(10) | MASK(23, 20));
    csr_write(medeleg, 0);
}
