/* SINVAL.VMA, HINVAL.VVMA, HINVAL.GVMA between SFENCE.W.INVAL and SFENCE.INVAL.IR: in every form,
 * in every mode (Svinval). Each sequence must do what the fence does that it replaces. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(w_inval, "sfence.w.inval");
SNIPPET(inval_ir, "sfence.inval.ir");
SNIPPET(sinval, "sinval.vma a0, a1");
SNIPPET(hinval_v, "hinval.vvma a0, a1");
SNIPPET(hinval_g, "hinval.gvma a0, a1");

#define VA  0x2040603000ull
#define GPA 0x10c0a05000ull

enum { ASID = 5, VMID = 3 };

/* Stores a2 to (a0), as what comes before SFENCE.W.INVAL counts as before the whole; then
 * invalidates for the address a1. */
#define SEQUENCE(name, inval)                                                                      \
    SNIPPET(name, "sd a2, (a0)\nsfence.w.inval\nmv a0, a1\nli a1, 5\nli a2, 3\n" inval             \
                  "\nsfence.inval.ir")
SEQUENCE(sinval_all, "sinval.vma x0, x0");
SEQUENCE(sinval_va, "sinval.vma a0, x0");
SEQUENCE(sinval_asid, "sinval.vma x0, a1");
SEQUENCE(sinval_va_asid, "sinval.vma a0, a1");
SEQUENCE(hinval_v_all, "hinval.vvma x0, x0");
SEQUENCE(hinval_v_va, "hinval.vvma a0, x0");
SEQUENCE(hinval_v_asid, "hinval.vvma x0, a1");
SEQUENCE(hinval_v_va_asid, "hinval.vvma a0, a1");
SEQUENCE(hinval_g_all, "hinval.gvma x0, x0");
SEQUENCE(hinval_g_gpa, "hinval.gvma a0, x0");
SEQUENCE(hinval_g_vmid, "hinval.gvma x0, a2");
SEQUENCE(hinval_g_gpa_vmid, "hinval.gvma a0, a2");

static u64 *page[2];

static void two_pages(void)
{
    for (u64 i = 0; i < 2; i++) {
        page[i] = (u64 *)new_pages(1);
        *page[i] = 0x100 + i;
    }
}

static const u32 *const sinvals[] = {sinval_all, sinval_va, sinval_asid, sinval_va_asid};

/* The store and the fence run in `fencer`, which sees the tables at their physical addresses. */
TEST(sinval_forms)
{
    for (enum mode fencer = S_MODE; fencer <= M_MODE; fencer += 2) {
        for (unsigned i = 0; i < 4; i++) {
            reset_machine();
            note(fencer << 4 | i);
            two_pages();
            struct table *t = use_satp(SV39);
            csr_write(satp, ATP(SV39, ASID, t->root));
            pt_map(t, VA, (u64)page[0], 0, LEAF_S);
            u64 *entry = pt_entry(t, VA, 0), *table = (u64 *)((u64)entry & ~(u64)(PAGE - 1));
            pt_map(t, (u64)table, (u64)table, 0, LEAF_S);
            EXPECT_VALUE(run(S_MODE, do_ld, VA), 0x100);
            EXPECT_VALUE(run(S_MODE, do_ld, VA), 0x100);
            u64 leaf = (u64)page[1] >> 2 | LEAF_S;
            EXPECT_RETURN(run(fencer, sinvals[i], entry, VA, leaf));
            EXPECT_VALUE(run(S_MODE, do_ld, VA), 0x101);
        }
    }
}

/* Store, invalidate and load in one go, without a change of mode: the load sees the store. */
TEST(accesses_around_the_sequence)
{
    SNIPPET(load_change_load, "ld t0, (a1)\nsd a2, (a0)\nsfence.w.inval\nsinval.vma a1, x0\n"
                              "sfence.inval.ir\nld a0, (a1)\nslli t0, t0, 16\nor a0, a0, t0");
    two_pages();
    struct table *t = use_satp(SV39);
    pt_map(t, VA, (u64)page[0], 0, LEAF_S);
    u64 leaf = (u64)page[1] >> 2 | LEAF_S;
    EXPECT_VALUE(run(S_MODE, load_change_load, pt_entry(t, VA, 0), VA, leaf), 0x1000101);
}

/* One SFENCE.W.INVAL and one SFENCE.INVAL.IR around several SINVAL.VMA, not next to each other. */
TEST(several_in_one_sequence)
{
    SNIPPET(w, "sfence.w.inval\nli a0, 1");
    SNIPPET(ir, "li a0, 2\nsfence.inval.ir");
    two_pages();
    struct table *t = use_satp(SV39);
    for (u64 i = 0; i < 8; i++) pt_map(t, VA + i * PAGE, (u64)page[0], 0, LEAF_S);
    for (u64 i = 0; i < 8; i++) EXPECT_VALUE(run(S_MODE, do_ld, VA + i * PAGE), 0x100);
    for (u64 i = 0; i < 8; i++) *pt_entry(t, VA + i * PAGE, 0) = (u64)page[1] >> 2 | LEAF_S;
    EXPECT_RETURN(run(S_MODE, w));
    for (u64 i = 0; i < 8; i++) EXPECT_RETURN(run(S_MODE, sinval, VA + i * PAGE, 0));
    EXPECT_RETURN(run(S_MODE, ir));
    for (u64 i = 0; i < 8; i++) EXPECT_VALUE(run(S_MODE, do_ld, VA + i * PAGE), 0x101);
}

/* ---- in a guest's two stages ---- */

static struct table *vs, *g;

static void guest(void)
{
    two_pages();
    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    csr_write(hgatp, ATP(SV39, VMID, g->root));
    csr_write(vsatp, ATP(SV39, ASID, vs->root));
    for (u64 i = 0; i < 2; i++) pt_map(g, GPA + i * PAGE, (u64)page[i], 0, LEAF_U);
    pt_map(vs, VA, GPA, 0, LEAF_S);
    EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x100);
    EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x100);
}

static void check_vs_stage(enum mode fencer, const u32 *const *codes)
{
    for (unsigned i = 0; i < 4; i++) {
        reset_machine();
        note(fencer << 4 | i);
        guest();
        u64 *entry = pt_entry(vs, VA, 0), leaf = (GPA + PAGE) >> 2 | LEAF_S;
        EXPECT_RETURN(run(fencer, codes[i], entry, VA, leaf));
        EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x101);
    }
}

TEST(hinval_vvma_forms)
{
    static const u32 *const codes[] = {hinval_v_all, hinval_v_va, hinval_v_asid, hinval_v_va_asid};

    check_vs_stage(S_MODE, codes);
    check_vs_stage(M_MODE, codes);
}

/* The guest's own SINVAL.VMA is of its VS-stage. It finds its tables at their own addresses. */
TEST(sinval_of_the_guest)
{
    for (unsigned i = 0; i < 4; i++) {
        reset_machine();
        note(i);
        guest();
        u64 *entry = pt_entry(vs, VA, 0), *table = (u64 *)((u64)entry & ~(u64)(PAGE - 1));
        pt_map(vs, (u64)table, (u64)table, 0, LEAF_S);
        EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x100);
        EXPECT_RETURN(run(VS_MODE, sinvals[i], entry, VA, (GPA + PAGE) >> 2 | LEAF_S));
        EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x101);
    }
}

/* rs2 is a VMID: 3 here, where the ASID is 5. rs1 is the guest physical address over 4. */
TEST(hinval_gvma_forms)
{
    static const u32 *const codes[] = {hinval_g_all, hinval_g_gpa, hinval_g_vmid,
                                       hinval_g_gpa_vmid};

    for (enum mode fencer = S_MODE; fencer <= M_MODE; fencer += 2) {
        for (unsigned i = 0; i < 4; i++) {
            reset_machine();
            note(fencer << 4 | i);
            guest();
            u64 *entry = pt_entry(g, GPA, 0), leaf = (u64)page[1] >> 2 | LEAF_U;
            EXPECT_RETURN(run(fencer, codes[i], entry, GPA >> 2, leaf));
            EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0x101);
        }
    }
}

/* ---- who may ---- */

static void expect_cause(struct place at, enum mode mode, const u32 *code, u64 cause)
{
    expect_trap(at, run(mode, code), &(struct expected){LEVEL_M, cause, .tval = BITS});
}
#define EXPECT_VIRTUAL(mode, code) expect_cause(HERE, mode, code, VIRTUAL_INSTRUCTION)
#define EXPECT_ILLEGAL(mode, code) expect_cause(HERE, mode, code, ILLEGAL_INSTRUCTION)

static const u32 *const all[] = {w_inval, inval_ir, sinval, hinval_v, hinval_g};

TEST(in_u)
{
    for (unsigned i = 0; i < 5; i++) {
        note(i);
        EXPECT_ILLEGAL(U_MODE, all[i]);
    }
    csr_set(hstatus, HSTATUS_HU); /* is for hypervisor loads and stores */
    EXPECT_ILLEGAL(U_MODE, hinval_v);
    EXPECT_ILLEGAL(U_MODE, hinval_g);
}

TEST(in_vu)
{
    for (unsigned i = 0; i < 5; i++) {
        note(i);
        EXPECT_VIRTUAL(VU_MODE, all[i]);
    }
}

TEST(in_hs_and_tvm)
{
    for (unsigned i = 0; i < 5; i++) EXPECT_RETURN(run(S_MODE, all[i]));
    csr_set(mstatus, STATUS_TVM);
    EXPECT_ILLEGAL(S_MODE, sinval);
    EXPECT_ILLEGAL(S_MODE, hinval_g);
    EXPECT_RETURN(run(S_MODE, hinval_v));
    EXPECT_RETURN(run(S_MODE, w_inval));
    EXPECT_RETURN(run(S_MODE, inval_ir));
    for (unsigned i = 0; i < 5; i++) EXPECT_RETURN(run(M_MODE, all[i]));
}

TEST(in_vs_and_vtvm)
{
    for (unsigned vtvm = 0; vtvm < 2; vtvm++) {
        note(vtvm);
        if (vtvm) csr_set(hstatus, HSTATUS_VTVM);
        EXPECT_RETURN(run(VS_MODE, w_inval));
        EXPECT_RETURN(run(VS_MODE, inval_ir));
        EXPECT_VIRTUAL(VS_MODE, hinval_v);
        EXPECT_VIRTUAL(VS_MODE, hinval_g);
        if (vtvm)
            EXPECT_VIRTUAL(VS_MODE, sinval);
        else
            EXPECT_RETURN(run(VS_MODE, sinval));
    }
    csr_clear(hstatus, HSTATUS_VTVM);
    csr_set(mstatus, STATUS_TVM); /* is for HS */
    EXPECT_RETURN(run(VS_MODE, sinval));
}
