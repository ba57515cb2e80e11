/* VS-level interrupts: injection by hvip, delegation by hideleg, translation of codes, priorities,
 * and where they are not taken (H extension, "Hypervisor Interrupt Registers"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_nothing, "li a0, 7");

#define VS_INTERRUPTS (BIT(VSSI) | BIT(VSTI) | BIT(VSEI))
#define S_INTERRUPTS  (BIT(SSI) | BIT(STI) | BIT(SEI))

static const enum mode below_m[] = {U_MODE, S_MODE, VU_MODE, VS_MODE};

/* Also lets interrupts in at HS and VS; each trap there shuts the door behind it. */
static void open_and_inject(u64 pending)
{
    csr_set(sstatus, STATUS_SIE);
    csr_set(vsstatus, STATUS_SIE);
    csr_write(hvip, pending);
    csr_write(hie, VS_INTERRUPTS);
}

static void inject(u64 pending)
{
    csr_write(hvip, pending);
    csr_write(hie, VS_INTERRUPTS);
}

#define EXPECT_INTERRUPT(t, where, number) EXPECT_TRAP(t, where, .cause = INTERRUPT | (number))

/* With hideleg VS takes them, as codes 1, 5, 9: from VU always, from VS when vsstatus.SIE. */
TEST(delegated_to_vs)
{
    for (unsigned vs = VSSI; vs <= VSEI; vs += 4) {
        csr_write(hideleg, BIT(vs));
        inject(BIT(vs));
        csr_clear(vsstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, vs - 1);
        EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
        csr_set(vsstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, vs - 1);
    }
}

/* Delegated to VS, they wait while V=0, whatever the enables say. */
TEST(delegated_to_vs_waits_when_v_is_0)
{
    csr_write(hideleg, VS_INTERRUPTS);
    inject(VS_INTERRUPTS);
    csr_set(vsstatus, STATUS_SIE);
    csr_set(mstatus, STATUS_SIE | STATUS_MPIE);
    EXPECT_VALUE(run(U_MODE, do_nothing), 7);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    EXPECT_VALUE(run(M_MODE, do_nothing), 7);
}

/* Not delegated, HS takes them as 2, 6, 10: from U, VU and VS always, from HS when sstatus.SIE. */
TEST(taken_by_hs)
{
    for (unsigned vs = VSSI; vs <= VSEI; vs += 4) {
        inject(BIT(vs));
        csr_clear(sstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, vs);
        EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_HS, vs);
        EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_HS, vs);
        EXPECT_VALUE(run(S_MODE, do_nothing), 7);
        csr_set(sstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, vs);
        csr_set(mstatus, STATUS_MPIE);
        EXPECT_VALUE(run(M_MODE, do_nothing), 7);
    }
}

TEST(enables)
{
    csr_write(hvip, VS_INTERRUPTS);
    csr_write(hie, 0);
    csr_set(sstatus, STATUS_SIE);
    csr_set(vsstatus, STATUS_SIE);
    for (unsigned i = 0; i < 4; i++) EXPECT_VALUE(run(below_m[i], do_nothing), 7);
    csr_write(hideleg, VS_INTERRUPTS);
    for (unsigned i = 0; i < 4; i++) EXPECT_VALUE(run(below_m[i], do_nothing), 7);
    csr_write(vsie, BIT(STI)); /* hie's VSTIE */
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, STI);
}

/* External, software, timer, at each level. */
TEST(priorities)
{
    open_and_inject(VS_INTERRUPTS);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, VSEI);
    open_and_inject(BIT(VSSI) | BIT(VSTI));
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, VSSI);
    open_and_inject(BIT(VSTI));
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, VSTI);
    csr_write(hideleg, VS_INTERRUPTS);
    open_and_inject(VS_INTERRUPTS);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, SEI);
    open_and_inject(BIT(VSSI) | BIT(VSTI));
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, SSI);
    open_and_inject(BIT(VSTI));
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, STI);
}

/* The standard supervisor interrupts come before the VS-level ones in HS. */
TEST(supervisor_interrupts_before_vs_level)
{
    static const unsigned order[] = {SEI, SSI, STI};

    csr_write(mideleg, S_INTERRUPTS);
    open_and_inject(VS_INTERRUPTS);
    csr_set(mie, S_INTERRUPTS);
    csr_set(mip, S_INTERRUPTS);
    for (unsigned i = 0; i < 3; i++) {
        csr_set(sstatus, STATUS_SIE);
        EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, order[i]);
        csr_clear(mip, BIT(order[i]));
    }
    csr_set(sstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, VSEI);
}

/* One for HS preempts the guest before one for VS is looked at, sstatus.SIE or not; one for M
 * before both. */
TEST(higher_level_first)
{
    csr_write(mideleg, S_INTERRUPTS);
    csr_write(hideleg, VS_INTERRUPTS);
    csr_set(vsstatus, STATUS_SIE);
    csr_clear(sstatus, STATUS_SIE);
    inject(VS_INTERRUPTS);
    csr_set(mie, BIT(STI));
    csr_set(mip, BIT(STI));
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_HS, STI);
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_HS, STI);
    csr_set(mie, BIT(MSI));
    CLINT_MSIP = 1;
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_M, MSI);
    CLINT_MSIP = 0;
    csr_clear(mip, BIT(STI));
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, SEI);
}

/* Without mideleg the standard ones go to M even from the guest. */
TEST(undelegated_supervisor_interrupt)
{
    csr_write(mideleg, 0);
    csr_write(hideleg, VS_INTERRUPTS);
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    for (unsigned i = 0; i < 4; i++) EXPECT_INTERRUPT(run(below_m[i], do_nothing), LEVEL_M, SSI);
}

/* The guest's own software interrupt: sip.SSIP written in VS is hvip.VSSIP. */
TEST(guest_sends_itself_an_interrupt)
{
    SNIPPET(self_ipi, "csrsi sip, 2\nnop\nnop\nnop\nnop");
    csr_write(hideleg, BIT(VSSI));
    csr_write(hie, BIT(VSSI));
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_TRAP(run(VS_MODE, self_ipi), LEVEL_VS, .cause = INTERRUPT | SSI,
                .epc = (u64)self_ipi + 4);
}

/* A write to vsstatus.SIE in the guest lets a pending interrupt in at once, as SRET does. */
TEST(enabling_in_the_guest)
{
    SNIPPET(enable_sie, "csrsi sstatus, 2\nnop\nnop\nnop");
    SNIPPET(sret_to_nothing, "csrw sepc, a0\nsret");
    csr_write(hideleg, BIT(VSEI));
    inject(BIT(VSEI));
    EXPECT_TRAP(run(VS_MODE, enable_sie), LEVEL_VS, .cause = INTERRUPT | SEI,
                .epc = (u64)enable_sie + 4);
    csr_clear(vsstatus, STATUS_SIE);
    csr_set(vsstatus, STATUS_SPIE);
    csr_clear(vsstatus, STATUS_SPP);
    EXPECT_TRAP(run(VS_MODE, sret_to_nothing, do_nothing), LEVEL_VS, .cause = INTERRUPT | SEI,
                .epc = (u64)do_nothing, .from_set = true, .from = VU_MODE);
}

/* An interrupt leaves no trap value behind: tval, htval, htinst, GVA are 0. */
TEST(trap_values_are_cleared)
{
    SNIPPET(do_ld, "ld a0, (a0)");
    use_hgatp(SV39);
    csr_write(medeleg, BIT(LOAD_GUEST_PAGE_FAULT));
    EXPECT_TRAP(run(VS_MODE, do_ld, 0x123450), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = 0x123450, .gpa = 0x123450, .gva = true);
    inject(BIT(VSTI));
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_HS, VSTI);
}

/* Vectored mode: BASE + 4 x code, with the codes as each level sees them. */
TEST(vectored)
{
    csr_write(vstvec, (u64)vector_table_vs | 1);
    csr_write(stvec, (u64)vector_table_hs | 1);
    for (unsigned vs = VSSI; vs <= VSEI; vs += 4) {
        open_and_inject(BIT(vs));
        csr_write(hideleg, 0);
        struct trap t = run(VS_MODE, do_nothing);
        EXPECT_INTERRUPT(t, LEVEL_HS, vs);
        CHECK_EQ(t.vector - 4 - (u64)vector_table_hs, 4 * vs);
        csr_write(hideleg, BIT(vs));
        t = run(VS_MODE, do_nothing);
        EXPECT_INTERRUPT(t, LEVEL_VS, vs - 1);
        CHECK_EQ(t.vector - 4 - (u64)vector_table_vs, 4 * (vs - 1));
    }
}

/* Exceptions go to BASE even in vectored mode. */
TEST(vectored_exceptions)
{
    SNIPPET(do_ebreak, "ebreak");
    csr_write(vstvec, (u64)vector_table_vs | 1);
    csr_write(medeleg, BIT(BREAKPOINT));
    csr_write(hedeleg, BIT(BREAKPOINT));
    struct trap t = run(VS_MODE, do_ebreak);
    CHECK_EQ(t.level, LEVEL_VS);
    CHECK_EQ(t.vector - 4, (u64)vector_table_vs);
}

/* hgeie and hstatus.VGEIN hold GEILEN's worth; with none, SGEIP and SGEIE are 0. */
TEST(guest_external_interrupts)
{
    csr_write(hgeie, ~0ull);
    u64 implemented = csr_read(hgeie);
    CHECK_EQ(implemented & 1, 0);
    CHECK_EQ((implemented + 2) & implemented, 0); /* bits GEILEN:1 without a gap */
    CHECK_EQ(csr_read(hgeip) & ~implemented, 0);
    csr_write(hgeie, 0);
    CHECK_EQ(csr_read(hip) & BIT(SGEI), 0);
    if (!implemented) {
        csr_write(hie, ~0ull);
        CHECK_EQ(csr_read(hstatus) & HSTATUS_VGEIN, 0);
    }
}
