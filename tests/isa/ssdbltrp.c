/* Ssdbltrp: double traps below M-mode (priv. spec, "Double Trap Control in sstatus Register";
 * H extension, henvcfg.DTE, vsstatus.SDT, "Trap Return"). */
#include "harness.h"
#include "paging.h"

#define SDT        BIT(24) /* sstatus and its relatives */
#define ENVCFG_DTE BIT(59)
enum { DOUBLE_TRAP = 16 };

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_illegal, ".word 0");
SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_hlv, "hlv.d a0, (a0)");

/* Set SDT in the present mode's sstatus; then what is to trap. */
SNIPPET(set_and_trap, "li t0, 1 << 24\ncsrs sstatus, t0\n.word 0");
SNIPPET(set_and_load, "li t0, 1 << 24\ncsrs sstatus, t0\nld a0, (a0)");

/* Return by sret to a0, having set SDT. */
SNIPPET(do_sret, "li t0, 1 << 24\ncsrs sstatus, t0\ncsrw sepc, a0\nsret");

static void enable(void)
{
    csr_write(menvcfg, ENVCFG_DTE);
    csr_write(henvcfg, ENVCFG_DTE);
    csr_clear(mstatus, SDT);
    csr_clear(vsstatus, SDT);
}

static u64 sdt_of_hs(void)
{
    return csr_read(mstatus) & SDT;
}
static u64 sdt_of_vs(void)
{
    return csr_read(vsstatus) & SDT;
}

/* SDT and henvcfg.DTE are read-only zero while menvcfg.DTE is 0, vsstatus.SDT while henvcfg.DTE is.
 */
TEST(fields)
{
    csr_set(mstatus, SDT);
    csr_set(vsstatus, SDT);
    CHECK_EQ(sdt_of_hs() | sdt_of_vs(), 0);
    CHECK_EQ(csr_write_read(henvcfg, ENVCFG_DTE) & ENVCFG_DTE, 0);
    csr_write(menvcfg, ENVCFG_DTE);
    csr_write(henvcfg, 0);
    csr_set(mstatus, SDT);
    csr_set(vsstatus, SDT);
    CHECK_EQ(csr_read(mstatus) & SDT, SDT);
    CHECK_EQ(csr_read(sstatus) & SDT, SDT);
    CHECK_EQ(sdt_of_vs(), 0);
    CHECK_EQ(csr_write_read(henvcfg, ENVCFG_DTE) & ENVCFG_DTE, ENVCFG_DTE);
    csr_set(vsstatus, SDT);
    CHECK_EQ(sdt_of_vs(), SDT);
    csr_clear(sstatus, SDT);
    CHECK_EQ(csr_read(mstatus) & SDT, 0);
    CHECK_EQ(sdt_of_vs(), SDT);
}

/* An SDT that was set before henvcfg.DTE went out is zero: it does not keep SIE from being set. */
TEST(sdt_is_gone_without_dte)
{
    enable();
    csr_set(vsstatus, SDT);
    csr_write(henvcfg, 0);
    CHECK_EQ(sdt_of_vs(), 0);
    csr_set(vsstatus, STATUS_SIE);
    CHECK_EQ(csr_read(vsstatus) & STATUS_SIE, STATUS_SIE);
    csr_set(mstatus, SDT);
    csr_write(menvcfg, 0);
    CHECK_EQ(sdt_of_hs(), 0);
    csr_set(mstatus, STATUS_SIE);
    CHECK_EQ(csr_read(mstatus) & STATUS_SIE, STATUS_SIE);
    csr_clear(mstatus, STATUS_SIE);
}

/* A double trap is not delegatable. */
TEST(no_delegation)
{
    CHECK_EQ(csr_write_read(medeleg, ~0ull) >> DOUBLE_TRAP & 1, 0);
    CHECK_EQ(csr_write_read(hedeleg, ~0ull) >> DOUBLE_TRAP & 1, 0);
}

/* Explicit writes that leave SDT set leave SIE clear. */
TEST(sdt_keeps_sie_clear)
{
    enable();
    csr_set(mstatus, STATUS_SIE);
    csr_set(sstatus, SDT);
    CHECK_EQ(csr_read(sstatus) & (SDT | STATUS_SIE), SDT);
    csr_set(sstatus, STATUS_SIE);
    CHECK_EQ(csr_read(sstatus) & (SDT | STATUS_SIE), SDT);
    csr_set(mstatus, SDT | STATUS_SIE);
    CHECK_EQ(csr_read(mstatus) & (SDT | STATUS_SIE), SDT);
    csr_write(sstatus, (csr_read(sstatus) & ~SDT) | STATUS_SIE);
    CHECK_EQ(csr_read(sstatus) & (SDT | STATUS_SIE), STATUS_SIE);
    csr_set(vsstatus, STATUS_SIE);
    csr_set(vsstatus, SDT | STATUS_SIE);
    CHECK_EQ(csr_read(vsstatus) & (SDT | STATUS_SIE), SDT);
}

/* ---- traps that set it ---- */

TEST(a_trap_sets_sdt)
{
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION));
    struct trap t = run(U_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SDT, 0);
    enable();
    t = run(U_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SDT, SDT);
    CHECK_EQ(sdt_of_vs(), 0);
    enable();
    t = run(VU_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_VS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SDT, SDT);
    CHECK_EQ(sdt_of_hs(), 0);
    enable();
    csr_write(henvcfg, 0);
    t = run(VU_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_VS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SDT, 0);
}

/* A trap into M-mode neither asks nor changes it. */
TEST(m_level_traps)
{
    enable();
    csr_set(mstatus, SDT);
    struct trap t = run(S_MODE, do_illegal);
    EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SDT, SDT);
}

/* ---- double traps ---- */

/* As EXPECT_TRAP would have it for the unexpected trap taken into M-mode, but for mcause, mtval2.
 */
#define EXPECT_DOUBLE(t, cause_, ...)                                                              \
    {                                                                                              \
        struct trap again_ = (t);                                                                  \
        CHECK_EQ(again_.cause, DOUBLE_TRAP);                                                       \
        CHECK_EQ(again_.tval2, cause_);                                                            \
        again_.cause = cause_;                                                                     \
        again_.tval2 = 0;                                                                          \
        EXPECT_TRAP(again_, LEVEL_M, .cause = cause_, __VA_ARGS__);                                \
    }

TEST(double_trap_in_s)
{
    enable();
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION) | BIT(LOAD_ACCESS));
    csr_set(mstatus, SDT);
    EXPECT_DOUBLE(run(S_MODE, do_illegal), ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(sdt_of_hs(), SDT);
    EXPECT_DOUBLE(run(S_MODE, do_ld, 0), LOAD_ACCESS, .tval = 0);
    csr_clear(mstatus, SDT);
    EXPECT_DOUBLE(run(S_MODE, set_and_load, 0), LOAD_ACCESS, .tval = 0,
                  .epc = (u64)set_and_load + 8);
}

/* Nothing of HS-mode's registers is written. */
TEST(double_trap_spares_the_level)
{
    enable();
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_write(sepc, 0x1234);
    csr_write(scause, 5);
    csr_write(stval, 0x77);
    csr_set(mstatus, SDT | STATUS_SPP | STATUS_SPIE);
    EXPECT_DOUBLE(run(S_MODE, do_illegal), ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(csr_read(sepc), 0x1234);
    CHECK_EQ(csr_read(scause), 5);
    CHECK_EQ(csr_read(stval), 0x77);
    CHECK_EQ(csr_read(mstatus) & (STATUS_SPP | STATUS_SPIE), STATUS_SPP | STATUS_SPIE);
}

/* From VS-mode it goes to M-mode too, past the hypervisor. */
TEST(double_trap_in_vs)
{
    enable();
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION) | BIT(LOAD_PAGE_FAULT));
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION) | BIT(LOAD_PAGE_FAULT));
    csr_set(vsstatus, SDT);
    EXPECT_DOUBLE(run(VS_MODE, do_illegal), ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(sdt_of_hs(), 0);
    use_vsatp(SV39);
    EXPECT_DOUBLE(run(VS_MODE, do_ld, 0x1000), LOAD_PAGE_FAULT, .tval = 0x1000, .gva = true);
    /* a trap of the guest that HS-mode takes is another matter */
    csr_write(hedeleg, 0);
    EXPECT_TRAP(run(VS_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(sdt_of_vs(), SDT);
}

/* mtval2 has the cause even where the unexpected trap would have had a guest-physical address. */
TEST(double_guest_page_fault)
{
    enable();
    csr_write(medeleg, BIT(LOAD_GUEST_PAGE_FAULT));
    use_hgatp(SV39);
    csr_set(mstatus, SDT);
    struct trap t = run(S_MODE, do_hlv, 0x5000);
    CHECK_EQ(t.level, LEVEL_M);
    CHECK_EQ(t.cause, DOUBLE_TRAP);
    CHECK_EQ(t.tval2, LOAD_GUEST_PAGE_FAULT);
    CHECK_EQ(t.tval, 0x5000);
    CHECK_EQ(!!(t.status & STATUS_GVA), 1);
    if (t.tinst) CHECK_EQ(t.tinst, transformed(*do_hlv, 0));
}

/* SDT keeps the level's own interrupts off, and a trap after that is still a double one. */
TEST(no_interrupt_while_disabled)
{
    enable();
    csr_write(hideleg, BIT(VSSI));
    csr_write(hvip, BIT(VSSI));
    csr_write(mie, BIT(VSSI));
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_set(vsstatus, SDT);
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    EXPECT_DOUBLE(run(VS_MODE, set_and_trap), ILLEGAL_INSTRUCTION, .tval = BITS,
                  .epc = (u64)set_and_trap + 8);
    csr_clear(vsstatus, SDT);
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_TRAP(run(VS_MODE, do_nothing), LEVEL_VS, .cause = INTERRUPT | SSI);
}

/* ---- returns ---- */

/* MRET to U, VS and VU clears HS's, to VU the guest's too; to S it leaves them. The text speaks of
 * this with Smdbltrp; without it too, a user could run with SDT set only to trap doubly. */
TEST(mret)
{
    static const struct {
        enum mode to;
        u64 hs, vs;
    } list[] = {
        {S_MODE,  SDT, SDT},
        {U_MODE,  0,   SDT},
        {VS_MODE, 0,   SDT},
        {VU_MODE, 0,   0  },
    };
    for (unsigned i = 0; i < 4; i++) {
        note(list[i].to);
        enable();
        csr_set(mstatus, SDT);
        csr_set(vsstatus, SDT);
        EXPECT_VALUE(run(list[i].to, do_nothing), 7);
        CHECK_EQ(sdt_of_hs(), list[i].hs);
        CHECK_EQ(sdt_of_vs(), list[i].vs);
    }
}

/* SRET of HS clears its own always, and the guest's when it goes to VU. */
TEST(sret_of_hs)
{
    for (unsigned to = 0; to < 4; to++) {
        note(to);
        enable();
        csr_set(vsstatus, SDT);
        csr_clear(mstatus, STATUS_SPP);
        if (to & 1) csr_set(mstatus, STATUS_SPP);
        if (to & 2) csr_set(hstatus, HSTATUS_SPV);
        EXPECT_VALUE(run(S_MODE, do_sret, do_nothing), 7);
        CHECK_EQ(sdt_of_hs(), 0);
        CHECK_EQ(sdt_of_vs(), to == 2 ? 0 : SDT);
    }
}

TEST(sret_of_vs)
{
    for (unsigned to = 0; to < 2; to++) {
        enable();
        csr_clear(vsstatus, STATUS_SPP);
        if (to) csr_set(vsstatus, STATUS_SPP);
        EXPECT_VALUE(run(VS_MODE, do_sret, do_nothing), 7);
        CHECK_EQ(sdt_of_vs(), 0);
    }
}

/* In M-mode, SRET to U, VS and VU does as MRET. */
TEST(sret_of_m)
{
    enable();
    csr_set(vsstatus, SDT);
    csr_clear(mstatus, STATUS_SPP);
    csr_set(hstatus, HSTATUS_SPV);
    EXPECT_VALUE(run(M_MODE, do_sret, do_nothing), 7);
    CHECK_EQ(sdt_of_hs() | sdt_of_vs(), 0);
}
