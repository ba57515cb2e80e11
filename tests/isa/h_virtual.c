/* Virtual-instruction exceptions: each instruction and CSR that is HS-qualified but barred from the
 * guest, and the neighbours that are plainly illegal (H extension, "Trap Cause Codes"). */
#include "harness.h"
#include "paging.h"

static void expect_cause(struct place at, enum mode mode, const u32 *code, u64 cause)
{
    expect_trap(at, run(mode, code), &(struct expected){LEVEL_M, cause, .tval = BITS});
}
#define EXPECT_VIRTUAL(mode, code) expect_cause(HERE, mode, code, VIRTUAL_INSTRUCTION)
#define EXPECT_ILLEGAL(mode, code) expect_cause(HERE, mode, code, ILLEGAL_INSTRUCTION)

SNIPPET(do_wfi, "wfi");
SNIPPET(do_sret, "sret");
SNIPPET(do_mret, "mret");
SNIPPET(do_sfence, "sfence.vma");
SNIPPET(do_sfence_asid, "sfence.vma a0, a1");
SNIPPET(do_sinval, "sinval.vma a0, a1");
SNIPPET(do_sfence_w_inval, "sfence.w.inval");
SNIPPET(do_sfence_inval_ir, "sfence.inval.ir");
SNIPPET(do_hfence_v, "hfence.vvma");
SNIPPET(do_hfence_g, "hfence.gvma");
SNIPPET(do_hinval_v, "hinval.vvma x0, x0");
SNIPPET(do_hinval_g, "hinval.gvma x0, x0");

/* ---- WFI ---- */

TEST(wfi_in_vu)
{
    EXPECT_VIRTUAL(VU_MODE, do_wfi);
    csr_set(mstatus, STATUS_TW);
    EXPECT_ILLEGAL(VU_MODE, do_wfi);
    csr_set(hstatus, HSTATUS_VTW);
    EXPECT_ILLEGAL(VU_MODE, do_wfi);
}

TEST(wfi_in_vs)
{
    csr_set(hstatus, HSTATUS_VTW);
    EXPECT_VIRTUAL(VS_MODE, do_wfi);
    csr_set(mstatus, STATUS_TW);
    EXPECT_ILLEGAL(VS_MODE, do_wfi);
    csr_clear(hstatus, HSTATUS_VTW);
    EXPECT_ILLEGAL(VS_MODE, do_wfi);
    EXPECT_ILLEGAL(S_MODE, do_wfi);
    EXPECT_ILLEGAL(U_MODE, do_wfi);
}

/* With an interrupt pending (and masked) WFI completes at once. */
TEST(wfi_completes)
{
    csr_write(mie, BIT(SSI) | BIT(VSSI));
    csr_set(mip, BIT(SSI));
    csr_write(mideleg, BIT(SSI));
    EXPECT_RETURN(run(S_MODE, do_wfi));
    EXPECT_RETURN(run(M_MODE, do_wfi));
    csr_clear(mip, BIT(SSI));
    csr_write(hideleg, BIT(VSSI));
    csr_write(hvip, BIT(VSSI));
    EXPECT_RETURN(run(VS_MODE, do_wfi));
}

/* VTW concerns VS alone. */
TEST(vtw_is_for_vs)
{
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    csr_write(mideleg, BIT(SSI));
    csr_set(hstatus, HSTATUS_VTW);
    EXPECT_RETURN(run(S_MODE, do_wfi));
}

/* ---- SRET, SFENCE, SINVAL and satp ---- */

TEST(supervisor_instructions_in_vu)
{
    EXPECT_VIRTUAL(VU_MODE, do_sret);
    EXPECT_VIRTUAL(VU_MODE, do_sfence);
    EXPECT_VIRTUAL(VU_MODE, do_sinval);
    EXPECT_VIRTUAL(VU_MODE, do_sfence_w_inval);
    EXPECT_VIRTUAL(VU_MODE, do_sfence_inval_ir);
}

TEST(supervisor_instructions_in_u)
{
    EXPECT_ILLEGAL(U_MODE, do_sret);
    EXPECT_ILLEGAL(U_MODE, do_sfence);
    EXPECT_ILLEGAL(U_MODE, do_sinval);
    EXPECT_ILLEGAL(U_MODE, do_sfence_w_inval);
    EXPECT_ILLEGAL(U_MODE, do_sfence_inval_ir);
}

TEST(machine_instructions)
{
    EXPECT_ILLEGAL(U_MODE, do_mret);
    EXPECT_ILLEGAL(S_MODE, do_mret);
    EXPECT_ILLEGAL(VU_MODE, do_mret);
    EXPECT_ILLEGAL(VS_MODE, do_mret);
}

TEST(sret_and_vtsr)
{
    csr_set(hstatus, HSTATUS_VTSR);
    EXPECT_VIRTUAL(VS_MODE, do_sret);
    csr_clear(hstatus, HSTATUS_VTSR);
    csr_set(mstatus, STATUS_TSR); /* for HS alone */
    EXPECT_ILLEGAL(S_MODE, do_sret);
    csr_write(vsepc, do_wfi);
    csr_set(vsstatus, STATUS_SPP);
    csr_set(hstatus, HSTATUS_VTW);
    struct trap t = run(VS_MODE, do_sret);
    CHECK_EQ(t.cause, VIRTUAL_INSTRUCTION);
    CHECK_EQ(t.epc, (u64)do_wfi);
}

SNIPPET(read_satp, "csrr a0, satp");
SNIPPET(write_satp, "csrw satp, zero");

TEST(vtvm)
{
    EXPECT_RETURN(run(VS_MODE, do_sfence));
    EXPECT_RETURN(run(VS_MODE, do_sfence_asid));
    EXPECT_RETURN(run(VS_MODE, do_sinval));
    EXPECT_RETURN(run(VS_MODE, read_satp));
    csr_set(hstatus, HSTATUS_VTVM);
    EXPECT_VIRTUAL(VS_MODE, do_sfence);
    EXPECT_VIRTUAL(VS_MODE, do_sfence_asid);
    EXPECT_VIRTUAL(VS_MODE, do_sinval);
    EXPECT_VIRTUAL(VS_MODE, read_satp);
    EXPECT_VIRTUAL(VS_MODE, write_satp);
    EXPECT_RETURN(run(VS_MODE, do_sfence_w_inval));
    EXPECT_RETURN(run(VS_MODE, do_sfence_inval_ir));
    EXPECT_RETURN(run(S_MODE, do_sfence));
    EXPECT_RETURN(run(S_MODE, write_satp));
    EXPECT_RETURN(run(S_MODE, do_hfence_v));
}

SNIPPET(read_hgatp, "csrr a0, hgatp");
SNIPPET(read_vsatp, "csrr a0, vsatp");

/* mstatus.TVM: HS's satp, hgatp, SFENCE.VMA, HFENCE.GVMA; not vsatp, HFENCE.VVMA, not the guest. */
TEST(tvm)
{
    csr_set(mstatus, STATUS_TVM);
    EXPECT_ILLEGAL(S_MODE, read_satp);
    EXPECT_ILLEGAL(S_MODE, write_satp);
    EXPECT_ILLEGAL(S_MODE, read_hgatp);
    EXPECT_ILLEGAL(S_MODE, do_sfence);
    EXPECT_ILLEGAL(S_MODE, do_sinval);
    EXPECT_ILLEGAL(S_MODE, do_hfence_g);
    EXPECT_ILLEGAL(S_MODE, do_hinval_g);
    EXPECT_RETURN(run(S_MODE, read_vsatp));
    EXPECT_RETURN(run(S_MODE, do_hfence_v));
    EXPECT_RETURN(run(S_MODE, do_hinval_v));
    EXPECT_RETURN(run(M_MODE, do_hfence_g));
    EXPECT_RETURN(run(M_MODE, read_hgatp));
    EXPECT_RETURN(run(VS_MODE, do_sfence));
    EXPECT_RETURN(run(VS_MODE, read_satp));
    EXPECT_VIRTUAL(VS_MODE, read_hgatp); /* HS-qualified assuming TVM = 0 */
    EXPECT_VIRTUAL(VS_MODE, do_hfence_g);
}

TEST(hypervisor_fences)
{
    static const u32 *const fences[] = {do_hfence_v, do_hfence_g, do_hinval_v, do_hinval_g};

    for (unsigned i = 0; i < 4; i++) {
        EXPECT_RETURN(run(M_MODE, fences[i]));
        EXPECT_RETURN(run(S_MODE, fences[i]));
        EXPECT_ILLEGAL(U_MODE, fences[i]);
        EXPECT_VIRTUAL(VS_MODE, fences[i]);
        EXPECT_VIRTUAL(VU_MODE, fences[i]);
    }
}

/* ---- CSRs ---- */

/* A reader and a writer of one CSR. */
#define CSR(name)                                                                                  \
    SNIPPET(read_##name, "csrr a0, " #name);                                                       \
    SNIPPET(write_##name, "csrw " #name ", a0")

CSR(hstatus);
CSR(hedeleg);
CSR(hideleg);
CSR(hvip);
CSR(hip);
CSR(hie);
CSR(hgeie);
CSR(henvcfg);
CSR(hcounteren);
CSR(htimedelta);
CSR(htval);
CSR(htinst);
SNIPPET(write_hgatp, "csrw hgatp, a0");
CSR(vsstatus);
CSR(vsip);
CSR(vsie);
CSR(vstvec);
CSR(vsscratch);
CSR(vsepc);
CSR(vscause);
CSR(vstval);
SNIPPET(write_vsatp, "csrw vsatp, a0");

/* H and VS CSRs: virtual-instruction from VS and VU, illegal from U, readable from HS and M. */
static const u32 *const readers[] = {
    read_hstatus,  read_hedeleg, read_hideleg,    read_hvip,       read_hip,       read_hie,
    read_hgeie,    read_henvcfg, read_hcounteren, read_htval,      read_htinst,    read_hgatp,
    read_vsstatus, read_vsip,    read_vsie,       read_vstvec,     read_vsscratch, read_vsepc,
    read_vscause,  read_vstval,  read_vsatp,      read_htimedelta,
};
static const u32 *const writers[] = {
    write_hstatus,  write_hedeleg, write_hideleg,    write_hvip,       write_hip,       write_hie,
    write_hgeie,    write_henvcfg, write_hcounteren, write_htval,      write_htinst,    write_hgatp,
    write_vsstatus, write_vsip,    write_vsie,       write_vstvec,     write_vsscratch, write_vsepc,
    write_vscause,  write_vstval,  write_vsatp,      write_htimedelta,
};

TEST(hypervisor_csrs)
{
    for (unsigned i = 0; i < sizeof readers / sizeof *readers; i++) {
        note(i);
        EXPECT_RETURN(run(M_MODE, readers[i]));
        EXPECT_RETURN(run(S_MODE, readers[i]));
        EXPECT_ILLEGAL(U_MODE, readers[i]);
        EXPECT_VIRTUAL(VS_MODE, readers[i]);
        EXPECT_VIRTUAL(VU_MODE, readers[i]);
        EXPECT_ILLEGAL(U_MODE, writers[i]);
        EXPECT_VIRTUAL(VS_MODE, writers[i]);
        EXPECT_VIRTUAL(VU_MODE, writers[i]);
    }
}

/* hgeip is read-only: a write is illegal in HS, so it is not HS-qualified. */
TEST(read_only_hypervisor_csr)
{
    SNIPPET(read_hgeip, "csrr a0, hgeip");
    SNIPPET(write_hgeip, "csrw hgeip, a0");
    EXPECT_RETURN(run(S_MODE, read_hgeip));
    EXPECT_ILLEGAL(S_MODE, write_hgeip);
    EXPECT_VIRTUAL(VS_MODE, read_hgeip);
    EXPECT_ILLEGAL(VS_MODE, write_hgeip);
    EXPECT_ILLEGAL(VU_MODE, write_hgeip);
}

CSR(sstatus);
CSR(sie);
CSR(sip);
CSR(stvec);
CSR(scounteren);
CSR(senvcfg);
CSR(sscratch);
CSR(sepc);
CSR(scause);
CSR(stval);

/* Supervisor CSRs: the guest's own in VS, virtual-instruction in VU, illegal in U. */
TEST(supervisor_csrs)
{
    static const u32 *const s_readers[] = {read_sstatus,    read_sie,     read_sip,      read_stvec,
                                           read_scounteren, read_senvcfg, read_sscratch, read_sepc,
                                           read_scause,     read_stval,   read_satp};
    static const u32 *const s_writers[] = {
        write_sstatus,  write_sie,  write_sip,    write_stvec, write_scounteren, write_senvcfg,
        write_sscratch, write_sepc, write_scause, write_stval, write_satp};

    for (unsigned i = 0; i < sizeof s_readers / sizeof *s_readers; i++) {
        note(i);
        EXPECT_RETURN(run(VS_MODE, s_readers[i]));
        EXPECT_VIRTUAL(VU_MODE, s_readers[i]);
        EXPECT_VIRTUAL(VU_MODE, s_writers[i]);
        EXPECT_ILLEGAL(U_MODE, s_readers[i]);
        EXPECT_ILLEGAL(U_MODE, s_writers[i]);
    }
}

/* Machine CSRs, absent CSRs and the high halves of RV32 are illegal everywhere below M. */
TEST(never_hs_qualified)
{
    SNIPPET(read_mstatus, "csrr a0, mstatus");
    SNIPPET(read_mtval2, "csrr a0, mtval2");
    SNIPPET(write_mscratch, "csrw mscratch, a0");
    SNIPPET(read_henvcfgh, "csrr a0, 0x61a");
    SNIPPET(read_htimedeltah, "csrr a0, 0x615");
    SNIPPET(read_cycleh, "csrr a0, 0xc80");
    SNIPPET(read_absent, "csrr a0, 0x9ff");
    SNIPPET(read_absent_h, "csrr a0, 0x6ff");
    static const u32 *const codes[] = {read_mstatus,  read_mtval2,      write_mscratch,
                                       read_henvcfgh, read_htimedeltah, read_cycleh,
                                       read_absent,   read_absent_h};

    for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
        note(i);
        EXPECT_ILLEGAL(U_MODE, codes[i]);
        EXPECT_ILLEGAL(S_MODE, codes[i]);
        EXPECT_ILLEGAL(VS_MODE, codes[i]);
        EXPECT_ILLEGAL(VU_MODE, codes[i]);
    }
}

/* Delegation: medeleg bit 22 sends it to HS; hedeleg bit 22 is read-only 0. */
TEST(delegation)
{
    csr_write(medeleg, BIT(VIRTUAL_INSTRUCTION));
    csr_write(hedeleg, ~0ull);
    EXPECT_TRAP(run(VS_MODE, do_hfence_v), LEVEL_HS, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, do_wfi), LEVEL_HS, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
}

/* A trapping CSR instruction has no effect at all. */
TEST(no_effect_when_trapping)
{
    SNIPPET(swap_hstatus, "csrrw a0, hstatus, a1");
    u64 before = csr_read(hstatus);
    struct trap t = run(VS_MODE, swap_hstatus, 0x1234, HSTATUS_VTSR);
    CHECK_EQ(t.cause, VIRTUAL_INSTRUCTION);
    CHECK_EQ(t.value, 0x1234);
    CHECK_EQ(csr_read(hstatus), before);
}
