/* Whose registers count: while V=1 the HS-level ones that VS CSRs stand in for are asleep, while
 * V=0 the VS ones are; each keeps its value. And the widths of them all, as HS sees them (H
 * extension, "Hypervisor and Virtual Supervisor CSRs"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_ebreak, "ebreak");

/* ---- HS-level registers while V=1 ---- */

/* Values that would break everything if they were looked at: no page, no handler, no permission. */
TEST(hs_registers_are_asleep_in_the_guest)
{
    u64 *page = (u64 *)new_pages(1);
    struct table empty = pt_new(SV39, false);

    csr_write(medeleg, BIT(BREAKPOINT));
    csr_write(hedeleg, BIT(BREAKPOINT));
    csr_write(satp, ATP(SV39, 7, empty.root));
    csr_write(stvec, 0x1230);
    csr_write(sepc, 0x4560);
    csr_write(scause, 5);
    csr_write(stval, 0x789);
    csr_write(sscratch, 0xabc);
    csr_clear(sstatus, STATUS_SUM | STATUS_MXR | STATUS_SPP | STATUS_SPIE | STATUS_SIE);
    use_vsatp(SV39);
    struct table *g = use_hgatp(SV39);
    pt_map(g, (u64)page, (u64)page, 0, LEAF_U);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    EXPECT_RETURN(run(VS_MODE, do_sd, page, 0x55));
    EXPECT_VALUE(run(VS_MODE, do_ld, page), 0x55);
    EXPECT_TRAP(run(VS_MODE, do_ebreak), LEVEL_VS, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
    EXPECT_TRAP(run(VU_MODE, do_ebreak), LEVEL_VS, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
    CHECK_EQ(csr_read(satp), ATP(SV39, 7, empty.root));
    CHECK_EQ(csr_read(stvec), 0x1230);
    CHECK_EQ(csr_read(sepc), 0x4560);
    CHECK_EQ(csr_read(scause), 5);
    CHECK_EQ(csr_read(stval), 0x789);
    CHECK_EQ(csr_read(sscratch), 0xabc);
    CHECK_EQ(csr_read(sstatus) & (STATUS_SPP | STATUS_SPIE | STATUS_SIE), 0);
}

/* sie and sip: the guest's own enables do not let HS-level interrupts be masked, nor the reverse.
 */
TEST(enables_of_each_side)
{
    csr_write(mideleg, BIT(SSI));
    csr_write(hideleg, BIT(VSSI));
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    csr_clear(vsstatus, STATUS_SIE);
    EXPECT_TRAP(run(VS_MODE, do_nothing), LEVEL_HS, .cause = INTERRUPT | SSI);
    csr_write(mie, BIT(VSSI)); /* sie of the guest has SSIE now, the HS-level one has not */
    csr_set(vsstatus, STATUS_SIE);
    csr_set(sstatus, STATUS_SIE);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
}

/* ---- VS CSRs while V=0 ---- */

/* HS and U with a VS side that is as hostile as can be. */
TEST(vs_registers_are_asleep_when_v_is_0)
{
    u64 *page = (u64 *)new_pages(1);
    struct table empty = pt_new(SV39, false), no_guest = pt_new(SV39, true);

    csr_write(medeleg, BIT(BREAKPOINT));
    csr_write(hedeleg, BIT(BREAKPOINT));
    csr_write(vsatp, ATP(SV39, 7, empty.root));
    csr_write(hgatp, ATP(SV39, 3, no_guest.root));
    csr_write(vstvec, 0x1230);
    csr_write(vsepc, 0x4560);
    csr_write(vscause, 5);
    csr_write(vstval, 0x789);
    csr_write(vsscratch, 0xabc);
    csr_set(vsstatus, STATUS_SUM | STATUS_MXR | STATUS_SPP | STATUS_SPIE | STATUS_SIE);
    struct table *hs = use_satp(SV48);
    pt_map(hs, 0x40000000, (u64)page, 0, LEAF_U);           /* vsstatus.SUM does not open it */
    pt_map(hs, 0x40001000, (u64)page, 0, LEAF_S & ~PTE_RW); /* nor vsstatus.MXR this */
    pt_map(hs, 0x40002000, (u64)page, 0, LEAF_S);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    EXPECT_VALUE(run(U_MODE, do_nothing), 7);
    EXPECT_RETURN(run(S_MODE, do_sd, 0x40002000, 0x66));
    EXPECT_VALUE(run(S_MODE, do_ld, 0x40002000), 0x66);
    EXPECT_TRAP(run(S_MODE, do_ld, 0x40000000), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = 0x40000000);
    EXPECT_TRAP(run(S_MODE, do_ld, 0x40001000), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = 0x40001000);
    EXPECT_TRAP(run(S_MODE, do_ebreak), LEVEL_HS, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
    EXPECT_TRAP(run(U_MODE, do_ebreak), LEVEL_HS, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
    CHECK_EQ(csr_read(vstvec), 0x1230);
    CHECK_EQ(csr_read(vsepc), 0x4560);
    CHECK_EQ(csr_read(vscause), 5);
    CHECK_EQ(csr_read(vstval), 0x789);
    CHECK_EQ(csr_read(vsscratch), 0xabc);
    CHECK_EQ(csr_read(vsatp), ATP(SV39, 7, empty.root));
}

/* No access as though V=1 is made by HS code: tables that lie there get no A bit, though hardware
 * may set it (vsatp active, ADUE on), unless an HLV or a guest does so. */
TEST(no_a_bit_without_an_access)
{
    SNIPPET(do_hlv, "hlv.d a0, (a0)");
    u64 gva = 0x2040603000, *page = (u64 *)new_pages(1);
    struct table *vs = use_vsatp(SV39), *hs = use_satp(SV39);

    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    csr_set(hstatus, HSTATUS_SPVP);
    pt_map(vs, gva, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D);
    pt_map(hs, gva, (u64)page, 0, LEAF_S);
    EXPECT_RETURN(run(S_MODE, do_sd, gva, 0x77));
    EXPECT_VALUE(run(S_MODE, do_ld, gva), 0x77);
    CHECK_EQ(*pt_entry(vs, gva, 0) & (PTE_A | PTE_D), 0);
    EXPECT_VALUE(run(S_MODE, do_hlv, gva), 0x77);
    CHECK_EQ(*pt_entry(vs, gva, 0) & (PTE_A | PTE_D), PTE_A);
}

/* ---- widths, from HS and from M ---- */

/* For each CSR: swap it from HS for patterns, and see that HS and M read what can be held. `rw`
 * must hold anything, `ones` read as 1, what is in neither as 0, `any` is not looked at. */
#define REGISTER(name, rw, ones, any)                                                              \
    do {                                                                                           \
        static const u64 patterns_[] = {~0ull, 0, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa};         \
        SNIPPET(swap_##name, "csrrw a0, " #name ", a0");                                           \
        u64 last_ = csr_read(name);                                                                \
        for (unsigned i_ = 0; i_ < 4; i_++) {                                                      \
            note(i_);                                                                              \
            EXPECT_VALUE(run(S_MODE, swap_##name, patterns_[i_]), last_);                          \
            last_ = csr_read(name);                                                                \
            CHECK_EQ(last_ & ~(u64)(any), (patterns_[i_] & (rw)) | (ones));                        \
        }                                                                                          \
    } while (0)

#define VS_INTERRUPTS (BIT(VSSI) | BIT(VSTI) | BIT(VSEI))
#define VS_TO_S       (VS_INTERRUPTS >> 1)

TEST(hypervisor_registers)
{
    u64 hedeleg = MASK(8, 1) | MASK(13, 12) | BIT(15), hstatus = MASK(9, 6) | MASK(22, 20);

    REGISTER(hstatus, hstatus, BIT(33), HSTATUS_VGEIN | MASK(49, 48)); /* HUPMM */
    REGISTER(hedeleg, hedeleg, 0, BIT(0) | MASK(19, 18));
    REGISTER(hideleg, VS_INTERRUPTS, 0, BIT(13));
    REGISTER(hvip, VS_INTERRUPTS, 0, MASK(63, 13));
    csr_write(hvip, 0);
    REGISTER(hip, BIT(VSSI), 0, MASK(63, 13));
    REGISTER(hie, VS_INTERRUPTS, 0, BIT(SGEI) | MASK(63, 13));
    REGISTER(hcounteren, 7, 0, MASK(31, 3));
    REGISTER(htimedelta, ~0ull, 0, 0);
    REGISTER(htval, 0, 0, ~0ull);
    REGISTER(htinst, 0, 0, ~0ull);
    REGISTER(hgeie, 0, 0, ~1ull); /* GEILEN is free, but bit 0 never is one of it */
}

/* vsip and vsie with everything delegated; STIP comes from vstimecmp or hvip, so it is not written.
 */
TEST(virtual_supervisor_registers)
{
    csr_write(hideleg, VS_INTERRUPTS);
    REGISTER(vsstatus, 0xc0122, BIT(33), STATUS_FS | BIT(63) | MASK(10, 9) | MASK(24, 23));
    REGISTER(vsie, VS_TO_S, 0, BIT(13));
    REGISTER(vsip, BIT(SSI), 0, BIT(13));
    REGISTER(vstvec, ~3ull, 0, 3);
    REGISTER(vsscratch, ~0ull, 0, 0);
    REGISTER(vsepc, ~1ull, 0, 0);
    REGISTER(vscause, MASK(3, 0) | BIT(63), 0, MASK(62, 4));
    REGISTER(vstval, ~0ull, 0, 0);
    csr_write(vsatp, 0);
    for (enum scheme s = SV39; s <= SV57; s++) {
        csr_write(vsatp, ATP(s, 0, MASK(55, 12)));
        CHECK_EQ(csr_read(vsatp), (u64)s << 60 | MASK(43, 0)); /* 44 bits of PPN */
    }
    csr_write(vsatp, 0);
}

/* henvcfg: its plain fields are all that HS can write while menvcfg grants nothing more. */
TEST(environment_register)
{
    u64 plain = ENVCFG_FIOM | ENVCFG_CBCFE | ENVCFG_CBZE;
    u64 above = ENVCFG_STCE | ENVCFG_PBMTE | ENVCFG_ADUE;

    REGISTER(henvcfg, plain, 0, ENVCFG_CBIE | MASK(3, 2) | MASK(33, 32)); /* LPE, SSE; PMM */
    csr_write(menvcfg, above);
    CHECK_EQ(csr_write_read(henvcfg, above) & ~ENVCFG_CBIE, above);
    csr_write(henvcfg, ENVCFG_CBIE);
    csr_write(henvcfg, BIT(5)); /* 10 is reserved */
    CHECK_EQ((csr_read(henvcfg) & ENVCFG_CBIE) == BIT(5), false);
}

/* VGEIN holds every number up to GEILEN. */
TEST(vgein_holds_geilen)
{
    csr_write(hgeie, ~0ull);
    u64 implemented = csr_read(hgeie);
    for (u64 n = 0; n < 64; n++) {
        if (n && !(implemented >> n & 1)) continue;
        csr_clear(hstatus, HSTATUS_VGEIN);
        csr_set(hstatus, n << 12);
        note(n);
        CHECK_EQ((csr_read(hstatus) & HSTATUS_VGEIN) >> 12, n);
        CHECK_EQ(csr_read(hip) >> VSEI & 1, 0); /* no line of this board is up */
    }
    csr_write(hgeie, 0);
}

/* ---- FIOM ---- */

/* FENCE with every PI, PO, SI, SO is there in the guest whatever FIOM says. That it orders more is
 * not to be seen on a hart that does all in order. */
TEST(fiom)
{
    SNIPPET(
        fences,
        ".irp n,0,1,2,4,8,3,5,9,6,10,12,7,11,13,14,15\n.word 0x0000000f | \\n << 24 | 15 << 20\n"
        ".word 0x0000000f | 15 << 24 | \\n << 20\n.endr\nli a0, 5");

    for (unsigned k = 0; k < 8; k++) {
        csr_write(menvcfg, k & 1 ? ENVCFG_FIOM : 0);
        csr_write(henvcfg, k & 2 ? ENVCFG_FIOM : 0);
        csr_write(senvcfg, k & 4 ? ENVCFG_FIOM : 0);
        CHECK_EQ(csr_read(henvcfg) & ENVCFG_FIOM, k & 2 ? ENVCFG_FIOM : 0);
        EXPECT_VALUE(run(VS_MODE, fences), 5);
        EXPECT_VALUE(run(VU_MODE, fences), 5);
    }
}

/* FIOM makes an atomic with aq or rl on a device order memory too. A machine whose devices take no
 * atomics has none to order: then it is an access fault, FIOM or not. */
TEST(fiom_and_atomics_on_a_device)
{
    SNIPPET(amo_on_device, "sd a1, (a0)\n.globl amo_at\namo_at: amoadd.w.aqrl t0, zero, (a2)\n"
                           "ld a0, (a0)");
    extern const u32 amo_at[];
    u64 *word = (u64 *)new_pages(1);

    for (unsigned fiom = 0; fiom < 2; fiom++) {
        csr_write(henvcfg, fiom);
        struct trap t = run(VS_MODE, amo_on_device, word, 0x90 + fiom, &CLINT_MSIP);
        note(fiom);
        CHECK_EQ(*(volatile u64 *)word, 0x90 + fiom);
        if (t.level == NOT_TAKEN)
            EXPECT_VALUE(t, 0x90 + fiom);
        else
            EXPECT_TRAP(t, LEVEL_M, .cause = STORE_ACCESS, .epc = (u64)amo_at,
                        .tval = (u64)&CLINT_MSIP, .gva = true);
    }
}
