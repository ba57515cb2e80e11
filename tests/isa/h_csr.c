/* Hypervisor and VS CSRs: which register a name means when V=1, aliases, fields that can and
 * cannot be written (H extension, "Hypervisor and Virtual Supervisor CSRs"). */
#include "harness.h"
#include "paging.h"

SNIPPET(read_sscratch, "csrr a0, sscratch");
SNIPPET(swap_sscratch, "csrrw a0, sscratch, a0");
SNIPPET(swap_sepc, "csrrw a0, sepc, a0");
SNIPPET(swap_scause, "csrrw a0, scause, a0");
SNIPPET(swap_stval, "csrrw a0, stval, a0");
SNIPPET(swap_stvec, "csrrw a0, stvec, a0");
SNIPPET(swap_satp, "csrrw a0, satp, a0");
SNIPPET(set_sstatus, "csrrs a0, sstatus, a0");
SNIPPET(read_sstatus, "csrr a0, sstatus");
SNIPPET(swap_sie, "csrrw a0, sie, a0");
SNIPPET(swap_sip, "csrrw a0, sip, a0");
SNIPPET(swap_senvcfg, "csrrw a0, senvcfg, a0");
SNIPPET(swap_scounteren, "csrrw a0, scounteren, a0");

/* In VS the name sX is vsX; the HS-level sX keeps its value; from M and HS both have their own. */
#define CHECK_SUBSTITUTION(s, vs, snippet, hs_value, vs_value, new_value)                          \
    do {                                                                                           \
        csr_write(s, hs_value);                                                                    \
        csr_write(vs, vs_value);                                                                   \
        EXPECT_VALUE(run(VS_MODE, snippet, new_value), vs_value);                                  \
        CHECK_EQ(csr_read(s), hs_value);                                                           \
        CHECK_EQ(csr_read(vs), new_value);                                                         \
        EXPECT_VALUE(run(S_MODE, snippet, vs_value), hs_value);                                    \
        CHECK_EQ(csr_read(s), vs_value);                                                           \
        CHECK_EQ(csr_read(vs), new_value);                                                         \
    } while (0)

TEST(substitution)
{
    CHECK_SUBSTITUTION(sscratch, vsscratch, swap_sscratch, 0x1111222233334444, 0x5555666677778888,
                       0x9999aaaabbbbcccc);
    CHECK_SUBSTITUTION(sepc, vsepc, swap_sepc, 0x80001000, 0x80002000, 0x80003002);
    CHECK_SUBSTITUTION(scause, vscause, swap_scause, 2, 3, 5);
    CHECK_SUBSTITUTION(stval, vstval, swap_stval, 0x123456789, 0xabcdef012, 0x345);
    CHECK_SUBSTITUTION(stvec, vstvec, swap_stvec, 0x80001000, 0x80002000, 0x80003000);
}

TEST(satp_in_vs_is_vsatp)
{
    u64 mode = ATP(BARE, 0, 0);

    EXPECT_VALUE(run(VS_MODE, swap_satp, mode), 0);
    csr_write(vsatp, ATP(SV39, 0, 0x80400000));
    csr_write(satp, ATP(SV48, 0, 0x80500000));
    CHECK_EQ(csr_read(vsatp), ATP(SV39, 0, 0x80400000));
    CHECK_EQ(csr_read(satp), ATP(SV48, 0, 0x80500000));
}

/* An unsupported MODE written to satp leaves the whole register; so it does in VS. */
TEST(unsupported_mode)
{
    use_vsatp(SV39);
    u64 before = csr_read(vsatp);

    EXPECT_VALUE(run(VS_MODE, swap_satp, 0xf000000000012345), before);
    CHECK_EQ(csr_read(vsatp), before);
    csr_write(satp, 0);
    csr_write(satp, 0xf000000000012345);
    CHECK_EQ(csr_read(satp), 0);
}

/* hgatp: MODE is WARL, PPN[1:0] are 0, Bare and the three x4 schemes exist. */
TEST(hgatp)
{
    for (enum scheme s = SV39; s <= SV57; s++) {
        csr_write(hgatp, ATP(s, 0, 0x80404000));
        CHECK_EQ(csr_read(hgatp), ATP(s, 0, 0x80404000));
        csr_write(hgatp, ATP(s, 0, 0x80407000));
        CHECK_EQ(csr_read(hgatp) & 3, 0);
    }
    csr_write(hgatp, 0xf000000000000000);
    u64 mode = csr_read(hgatp) >> 60;
    CHECK_EQ(mode == 0 || (mode >= SV39 && mode <= SV57), 1);
    csr_write(hgatp, 0);
}

/* VMIDLEN bits of VMID, least significant first, at most 14. */
TEST(vmid_bits)
{
    csr_write(hgatp, ATP(SV39, 0xffff, 0));
    u64 vmid = csr_read(hgatp) >> 44 & 0xffff;
    CHECK_EQ(vmid & (vmid + 1), 0);
    CHECK_EQ(vmid & 0xc000, 0);
    csr_write(hgatp, 0);
}

/* vsstatus is its own register: MXR, SUM, SPP, SIE, SPIE, FS of the two do not touch. */
TEST(sstatus_in_vs_is_vsstatus)
{
    u64 bits = STATUS_SUM | STATUS_MXR | STATUS_SPP | STATUS_SPIE;

    csr_clear(sstatus, bits);
    EXPECT_RETURN(run(VS_MODE, set_sstatus, bits));
    CHECK_EQ(csr_read(vsstatus) & bits, bits);
    CHECK_EQ(csr_read(sstatus) & bits, 0);
    csr_clear(vsstatus, bits);
    csr_set(sstatus, bits);
    EXPECT_RETURN(run(VS_MODE, read_sstatus));
    CHECK_EQ(run(VS_MODE, read_sstatus).value & bits, 0);
}

/* No field of M-level or H shows in vsstatus. */
TEST(vsstatus_fields)
{
    u64 others = STATUS_MIE | STATUS_MPIE | STATUS_MPP | STATUS_MPRV | STATUS_TVM | STATUS_TW |
                 STATUS_TSR | STATUS_GVA | STATUS_MPV;

    csr_write(vsstatus, others);
    CHECK_EQ(csr_read(vsstatus) & others, 0);
    CHECK_EQ(csr_read(vsstatus) >> 32 & 3, 2); /* UXL = 64 */
}

/* senvcfg and scounteren have no VS copy: the guest has the one register. */
TEST(not_replicated)
{
    csr_write(scounteren, 5);
    EXPECT_VALUE(run(VS_MODE, swap_scounteren, 2), 5);
    CHECK_EQ(csr_read(scounteren), 2);
    csr_write(senvcfg, ENVCFG_CBZE);
    EXPECT_VALUE(run(VS_MODE, swap_senvcfg, 0), ENVCFG_CBZE);
    CHECK_EQ(csr_read(senvcfg), 0);
}

/* ---- floating-point state: both vsstatus.FS and sstatus.FS count ---- */

SNIPPET(fp_move, "fmv.d.x fa0, a0");
SNIPPET(fp_read, "fmv.x.d a0, fa0");

TEST(fs_off_is_illegal_never_virtual)
{
    csr_clear(vsstatus, STATUS_FS);
    EXPECT_TRAP(run(VS_MODE, fp_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, fp_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_RETURN(run(S_MODE, fp_move));
    csr_set(vsstatus, FS_INITIAL);
    csr_clear(sstatus, STATUS_FS);
    EXPECT_TRAP(run(VS_MODE, fp_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VS_MODE, fp_read), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, fp_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(fs_becomes_dirty_in_both)
{
    csr_clear(vsstatus, STATUS_FS);
    csr_set(vsstatus, FS_CLEAN);
    csr_clear(sstatus, STATUS_FS);
    csr_set(sstatus, FS_INITIAL);
    EXPECT_RETURN(run(VS_MODE, fp_move));
    CHECK_EQ(csr_read(vsstatus) & STATUS_FS, STATUS_FS);
    CHECK_EQ(csr_read(sstatus) & STATUS_FS, STATUS_FS);
    CHECK_EQ(csr_read(vsstatus) >> 63, 1);
}

/* A write to an FP CSR dirties the state as an FP instruction does. */
TEST(fcsr_write_makes_dirty)
{
    SNIPPET(write_fflags, "csrwi fflags, 0");
    csr_clear(vsstatus, STATUS_FS);
    csr_set(vsstatus, FS_CLEAN);
    EXPECT_RETURN(run(VS_MODE, write_fflags));
    CHECK_EQ(csr_read(vsstatus) & STATUS_FS, STATUS_FS);
    CHECK_EQ(csr_read(sstatus) & STATUS_FS, STATUS_FS);
}

/* The guest's own change of FS counts from the next instruction on. */
TEST(fs_changed_by_the_guest)
{
    SNIPPET(off_then_move, "li t0, 0x6000\ncsrc sstatus, t0\n.globl vs_move\n"
                           "vs_move: fmv.d.x fa0, a0");
    SNIPPET(on_then_move, "li t0, 0x2000\ncsrs sstatus, t0\nfmv.d.x fa0, a0");
    extern const u32 vs_move[];

    EXPECT_TRAP(run(VS_MODE, off_then_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS,
                .epc = (u64)vs_move);
    EXPECT_RETURN(run(VS_MODE, on_then_move));
}

/* SD of vsstatus is of vsstatus.FS alone. */
TEST(sd_of_vsstatus)
{
    csr_clear(vsstatus, STATUS_FS);
    csr_set(vsstatus, FS_CLEAN);
    csr_set(sstatus, STATUS_FS);
    CHECK_EQ(csr_read(vsstatus) >> 63, 0);
    CHECK_EQ(csr_read(sstatus) >> 63, 1);
    csr_set(vsstatus, STATUS_FS);
    csr_clear(sstatus, STATUS_FS);
    CHECK_EQ(csr_read(vsstatus) >> 63, 1);
    CHECK_EQ(csr_read(sstatus) >> 63, 0);
    EXPECT_RETURN(run(S_MODE, read_sscratch));
}

/* Code in HS leaves vsstatus.FS alone. */
TEST(fs_of_vsstatus_when_v_is_0)
{
    csr_clear(vsstatus, STATUS_FS);
    csr_clear(sstatus, STATUS_FS);
    csr_set(sstatus, FS_INITIAL);
    EXPECT_RETURN(run(S_MODE, fp_move));
    CHECK_EQ(csr_read(sstatus) & STATUS_FS, STATUS_FS);
    CHECK_EQ(csr_read(vsstatus) & STATUS_FS, 0);
}

/* ---- interrupt registers ---- */

#define VS_INTERRUPTS (BIT(VSSI) | BIT(VSTI) | BIT(VSEI))

TEST(hvip_bits)
{
    csr_write(hvip, ~0ull);
    CHECK_EQ(csr_read(hvip) & 0x1fff, VS_INTERRUPTS);
    CHECK_EQ(csr_read(hip) & VS_INTERRUPTS, VS_INTERRUPTS);
    CHECK_EQ(csr_read(mip) & VS_INTERRUPTS, VS_INTERRUPTS);
    CHECK_EQ(csr_read(sip) & 0x1fff & ~(BIT(SSI) | BIT(STI) | BIT(SEI)), 0);
    csr_write(hvip, 0);
    CHECK_EQ(csr_read(hip) & VS_INTERRUPTS, 0);
}

/* In hip only VSSIP can be written, and it is hvip's. */
TEST(hip_bits)
{
    csr_write(hip, ~0ull);
    CHECK_EQ(csr_read(hvip) & 0x1fff, BIT(VSSI));
    csr_write(hip, 0);
    CHECK_EQ(csr_read(hvip), 0);
    csr_write(hvip, VS_INTERRUPTS);
    csr_write(hip, 0);
    CHECK_EQ(csr_read(hvip) & 0x1fff, BIT(VSTI) | BIT(VSEI));
}

TEST(mip_bits_of_vs_level)
{
    csr_write(hvip, VS_INTERRUPTS);
    csr_write(mip, 0); /* VSSIP is an alias of hip's writable one, the others are read-only */
    CHECK_EQ(csr_read(hvip) & 0x1fff, BIT(VSTI) | BIT(VSEI));
    csr_set(mip, BIT(VSSI));
    CHECK_EQ(csr_read(hvip) & BIT(VSSI), BIT(VSSI));
}

/* hie and mie share bits; sie has none of them. */
TEST(hie_bits)
{
    csr_write(hie, ~0ull);
    CHECK_EQ(csr_read(hie) & 0xfff, VS_INTERRUPTS);
    CHECK_EQ(csr_read(mie) & 0xfff, VS_INTERRUPTS);
    CHECK_EQ(csr_read(sie) & VS_INTERRUPTS, 0);
    csr_write(mie, BIT(VSTI));
    CHECK_EQ(csr_read(hie), BIT(VSTI));
    csr_write(sie, ~0ull);
    CHECK_EQ(csr_read(hie), BIT(VSTI));
}

/* vsip and vsie: VS-level bits one place down, and only those that hideleg grants. */
TEST(vsip_and_vsie)
{
    for (unsigned i = 0; i < 3; i++) {
        unsigned vs = VSSI + 4 * i, s = vs - 1;

        csr_write(hideleg, BIT(vs));
        csr_write(hvip, VS_INTERRUPTS);
        csr_write(hie, VS_INTERRUPTS);
        CHECK_EQ(csr_read(vsip), BIT(s));
        CHECK_EQ(csr_read(vsie), BIT(s));
        csr_write(vsie, 0);
        CHECK_EQ(csr_read(hie), VS_INTERRUPTS & ~BIT(vs));
        csr_write(vsie, ~0ull);
        CHECK_EQ(csr_read(hie), VS_INTERRUPTS);
    }
    csr_write(hideleg, 0);
    CHECK_EQ(csr_read(vsip), 0);
    CHECK_EQ(csr_read(vsie), 0);
    csr_write(vsie, ~0ull);
    CHECK_EQ(csr_read(vsie), 0);
    csr_write(hvip, 0);
    csr_write(vsip, ~0ull);
    CHECK_EQ(csr_read(hvip), 0);
}

/* Of vsip only SSIP can be written. */
TEST(writes_to_vsip)
{
    csr_write(hideleg, VS_INTERRUPTS);
    csr_write(vsip, ~0ull);
    CHECK_EQ(csr_read(hvip) & 0x1fff, BIT(VSSI));
    csr_write(hvip, VS_INTERRUPTS);
    csr_write(vsip, 0);
    CHECK_EQ(csr_read(hvip) & 0x1fff, BIT(VSTI) | BIT(VSEI));
}

/* In VS, sip and sie are those; the HS-level ones are out of sight. */
TEST(sip_and_sie_in_vs)
{
    csr_write(mideleg, BIT(SSI) | BIT(STI) | BIT(SEI));
    csr_write(hideleg, VS_INTERRUPTS);
    csr_write(mie, BIT(STI) | BIT(VSEI));
    csr_set(mip, BIT(SSI));
    EXPECT_VALUE(run(VS_MODE, swap_sip, BIT(SSI)), 0);
    CHECK_EQ(csr_read(hvip), BIT(VSSI));
    EXPECT_VALUE(run(VS_MODE, swap_sie, BIT(SSI)), BIT(SEI));
    CHECK_EQ(csr_read(mie) & 0x1fff, BIT(STI) | BIT(VSSI));
}

/* ---- trap values that software writes ---- */

TEST(htval_and_htinst)
{
    csr_write(htval, 0);
    CHECK_EQ(csr_read(htval), 0);
    csr_write(htinst, 0x3020);
    CHECK_EQ(csr_read(htinst), 0x3020);
    csr_write(mtinst, 0x3000);
    CHECK_EQ(csr_read(mtinst), 0x3000);
    csr_write(htinst, 0);
    CHECK_EQ(csr_read(htinst), 0);
}

/* vsepc: bit 0 is always zero. */
TEST(vsepc_alignment)
{
    csr_write(vsepc, 0x80000003);
    CHECK_EQ(csr_read(vsepc), 0x80000002);
}

/* VSXL = 64; the fields below are plain bits. */
TEST(hstatus_fields)
{
    u64 bits = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_HU | HSTATUS_VTVM | HSTATUS_VTW | HSTATUS_VTSR |
               HSTATUS_GVA;

    csr_set(hstatus, bits);
    CHECK_EQ(csr_read(hstatus) & bits, bits);
    CHECK_EQ(csr_read(hstatus) >> 32 & 3, 2);
    csr_clear(hstatus, bits);
    CHECK_EQ(csr_read(hstatus) & bits, 0);
}

/* Bits of hideleg, hip and hie are read-only 0 where mideleg's are: not so for VS-level ones,
 * whose mideleg bits are 1 for good. */
TEST(misa_has_h)
{
    CHECK_EQ(csr_read(misa) >> 7 & 1, 1);
    CHECK_EQ(csr_read(misa) >> 62, 2);
}
