/* Fences of the two stages. Each test makes the machine use a translation, changes the entry in
 * memory, fences as narrowly as the specification asks, and expects the new one. Whether
 * entries that need not go stay is the machine's affair and not tested; what differs in ASID
 * or VMID must never be mixed up without any fence (H extension, "Memory-Management Fences"). */
#include "fences.h"
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

enum { ASID = 5, VMID = 3 };

static struct table *vs, *g;
static u64 *page[2];

static void two_targets(void)
{
    for (u64 i = 0; i < 2; i++) {
        page[i] = (u64 *)new_pages(1);
        *page[i] = 0x100 + i;
    }
    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    csr_write(hgatp, ATP(SV39, VMID, g->root));
    csr_write(vsatp, ATP(SV39, ASID, vs->root));
    for (u64 i = 0; i < 2; i++) pt_map(g, GPA + i * PAGE, (u64)page[i], 0, LEAF_U);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100); /* fences, as tables are new; then cached */
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
}

/* ---- VS-stage ---- */

struct fence {
    enum mode mode;
    const u32 *code;
    u64 a0, a1;
};

static const struct fence vs_stage_fences[] = {
    {VS_MODE, sfence_va,        GVA,         0             },
    {VS_MODE, sfence_va,        GVA + 0x7f8, 0             },
    {VS_MODE, sfence_va_asid,   GVA,         ASID          },
    {VS_MODE, sfence_asid,      0,           ASID          },
    {VS_MODE, sinval,           GVA,         ASID          },
    {S_MODE,  hfence_v,         0,           0             },
    {S_MODE,  hfence_v_va,      GVA,         0             },
    {S_MODE,  hfence_v_va_asid, GVA,         ASID          },
    {S_MODE,  hfence_v_asid,    0,           ASID          },
    {S_MODE,  hinval_v,         GVA,         ASID          },
    {M_MODE,  hfence_v_va_asid, GVA,         ASID          },
 /* Bits above the ASID are ignored. */
    {S_MODE,  hfence_v_va_asid, GVA,         ASID | MASK(63, 16)},
    {S_MODE,       hfence_v_asid,                  0,          ASID | BIT(16)     },
    {VS_MODE,       sfence_asid,                 0,           ASID | BIT(40)  },
};

TEST(vs_stage_leaf)
{
    for (unsigned i = 0; i < sizeof vs_stage_fences / sizeof *vs_stage_fences; i++) {
        const struct fence *f = &vs_stage_fences[i];

        reset_machine();
        note(i);
        two_targets();
        *pt_entry(vs, GVA, 0) = (GPA + PAGE) >> 2 | LEAF_S;
        EXPECT_RETURN(run(f->mode, f->code, f->a0, f->a1));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
        *pt_entry(vs, GVA, 0) = 0;
        EXPECT_RETURN(run(f->mode, f->code, f->a0, f->a1));
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                    .gva = true);
    }
}

/* A fence with a virtual address covers the superpage that the address lies in. */
TEST(vs_stage_superpage)
{
    u64 gva = 5 * GIB;

    two_targets();
    pt_map(g, 4 * GIB, 0x80000000, 1, LEAF_U);
    pt_map(vs, gva, 4 * GIB, 1, LEAF_S);
    EXPECT_VALUE(run(VS_MODE, do_ld, gva + ((u64)page[0] & (2 * MIB - 1))), 0x100);
    EXPECT_VALUE(run(VS_MODE, do_ld, gva + ((u64)page[1] & (2 * MIB - 1))), 0x101);
    *pt_entry(vs, gva, 1) = 0;
    EXPECT_RETURN(run(VS_MODE, sfence_va, gva + 17 * PAGE));
    u64 second = gva + ((u64)page[1] & (2 * MIB - 1));
    EXPECT_TRAP(run(VS_MODE, do_ld, second), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = second,
                .gva = true);
}

/* A permission taken away is noticed after the fence, even where the load still works. */
TEST(permission_change)
{
    two_targets();
    EXPECT_RETURN(run(VS_MODE, do_sd, GVA, 0x100));
    *pt_entry(vs, GVA, 0) &= ~PTE_W;
    EXPECT_RETURN(run(S_MODE, hfence_v_va, GVA));
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
}

/* A whole VS-level table is exchanged by its pointer: SFENCE.VMA with rs1 = x0 orders that. */
TEST(vs_stage_pointer)
{
    SNIPPET(sfence_all, "sfence.vma");
    two_targets();
    struct table other = pt_new(SV39, false);
    pt_map(&other, GVA, GPA + PAGE, 0, LEAF_S);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    *pt_entry(vs, GVA, 1) = *pt_entry(&other, GVA, 1);
    EXPECT_RETURN(run(VS_MODE, sfence_all));
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
}

/* ---- G-stage ---- */

static const struct fence g_stage_fences[] = {
    {S_MODE, hfence_g,          0,                  0             },
    {S_MODE, hfence_g_gpa,      GPA >> 2,           0             },
    {S_MODE, hfence_g_gpa,      (GPA + 0x7f8) >> 2, 0             },
    {S_MODE, hfence_g_gpa_vmid, GPA >> 2,           VMID          },
    {S_MODE, hfence_g_vmid,     0,                  VMID          },
    {S_MODE, hinval_g,          GPA >> 2,           VMID          },
    {M_MODE, hfence_g_gpa_vmid, GPA >> 2,           VMID          },
 /* Bits above the VMID are ignored. */
    {S_MODE, hfence_g_gpa_vmid, GPA >> 2,           VMID | MASK(63, 14)},
    {S_MODE,      hfence_g_vmid,                  0,                  VMID | BIT(14)             },
};

TEST(g_stage_leaf)
{
    for (unsigned i = 0; i < sizeof g_stage_fences / sizeof *g_stage_fences; i++) {
        const struct fence *f = &g_stage_fences[i];

        reset_machine();
        note(i);
        two_targets();
        *pt_entry(g, GPA, 0) = (u64)page[1] >> 2 | LEAF_U;
        EXPECT_RETURN(run(f->mode, f->code, f->a0, f->a1));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
        *pt_entry(g, GPA, 0) = 0;
        EXPECT_RETURN(run(f->mode, f->code, f->a0, f->a1));
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                    .gpa = GPA, .gva = true);
    }
}

/* The guest physical page of a VS-level table is moved: HFENCE.GVMA of its address orders the
 * G-stage. Entries of the table that were read before may be cached as the VS-stage's own
 * ("HFENCE.GVMA need not flush the former cache"), so HFENCE.VVMA is due as well. */
TEST(g_stage_of_a_vs_level_table)
{
    two_targets();
    u64 table = (*pt_entry(vs, GVA, 1) & MASK(53, 10)) << 2;
    u64 *copy = (u64 *)new_pages(1);
    for (unsigned i = 0; i < PAGE / 8; i++) copy[i] = ((u64 *)table)[i];
    copy[GVA >> 12 & 0x1ff] = (GPA + PAGE) >> 2 | LEAF_S;
    *pt_entry(g, table, 0) = (u64)copy >> 2 | LEAF_U;
    EXPECT_RETURN(run(S_MODE, hfence_g_gpa_vmid, table >> 2, VMID));
    EXPECT_RETURN(run(S_MODE, hfence_v_va_asid, GVA, ASID));
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
}

TEST(g_stage_permission_change)
{
    two_targets();
    EXPECT_RETURN(run(VS_MODE, do_sd, GVA, 0x100));
    *pt_entry(g, GPA, 0) &= ~PTE_W;
    EXPECT_RETURN(run(S_MODE, hfence_g_gpa, GPA >> 2));
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
}

/* With vsatp Bare the guest's addresses are GPAs; fences of G-stage cover them. */
TEST(g_stage_with_bare_vsatp)
{
    two_targets();
    csr_write(vsatp, 0);
    EXPECT_RETURN(run(S_MODE, hfence_v));
    EXPECT_VALUE(run(VS_MODE, do_ld, GPA), 0x100);
    *pt_entry(g, GPA, 0) = (u64)page[1] >> 2 | LEAF_U;
    EXPECT_RETURN(run(S_MODE, hfence_g_gpa_vmid, GPA >> 2, VMID));
    EXPECT_VALUE(run(VS_MODE, do_ld, GPA), 0x101);
}

/* hgatp.MODE changes under one VMID, to Bare and back: HFENCE.GVMA with rs1 = x0 orders that. */
TEST(g_stage_mode_changes)
{
    two_targets();
    u64 sv39 = csr_read(hgatp);
    csr_write(vsatp, 0);
    EXPECT_RETURN(run(S_MODE, hfence_v));
    EXPECT_VALUE(run(VS_MODE, do_ld, GPA), 0x100);
    for (unsigned i = 0; i < 3; i++) {
        csr_write(hgatp, ATP(BARE, 0, 0));
        EXPECT_RETURN(run(S_MODE, hfence_g));
        EXPECT_TRAP(run(VS_MODE, do_ld, GPA), LEVEL_M, .cause = LOAD_ACCESS, .tval = GPA,
                    .gva = true);
        EXPECT_VALUE(run(VS_MODE, do_ld, page[1]), 0x101);
        csr_write(hgatp, sv39);
        EXPECT_RETURN(run(S_MODE, hfence_g_vmid, 0, VMID));
        EXPECT_VALUE(run(VS_MODE, do_ld, GPA), 0x100);
    }
}

/* HFENCE orders what HLV and MPRV read too, not only what the guest itself does. */
TEST(fences_and_hlv)
{
    SNIPPET(do_hlv, "hlv.d a0, (a0)");
    two_targets();
    csr_set(hstatus, HSTATUS_SPVP);
    EXPECT_VALUE(run(S_MODE, do_hlv, GVA), 0x100);
    *pt_entry(vs, GVA, 0) = (GPA + PAGE) >> 2 | LEAF_S;
    EXPECT_RETURN(run(S_MODE, hfence_v_va_asid, GVA, ASID));
    EXPECT_VALUE(run(S_MODE, do_hlv, GVA), 0x101);
    *pt_entry(g, GPA + PAGE, 0) = (u64)page[0] >> 2 | LEAF_U;
    EXPECT_RETURN(run(S_MODE, hfence_g_gpa_vmid, (GPA + PAGE) >> 2, VMID));
    EXPECT_VALUE(run(S_MODE, do_hlv, GVA), 0x100);
}

/* SFENCE.VMA in HS is about satp's tables, with satp's ASIDs. */
TEST(sfence_in_hs)
{
    two_targets();
    struct table *hs = use_satp(SV39);
    csr_write(satp, ATP(SV39, ASID, hs->root));
    pt_map(hs, GVA, (u64)page[0], 0, LEAF_S);
    EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x100);
    *pt_entry(hs, GVA, 0) = (u64)page[1] >> 2 | LEAF_S;
    EXPECT_RETURN(run(S_MODE, sfence_va_asid, GVA, ASID));
    EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x101);
    *pt_entry(hs, GVA, 0) = (u64)page[0] >> 2 | LEAF_S;
    EXPECT_RETURN(run(S_MODE, sfence_asid, 0, ASID));
    EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x100);
}

/* ---- identifiers: nothing is fenced between the switches ---- */

/* Two address spaces of one guest, told apart by ASID. */
TEST(asids)
{
    two_targets();
    struct table *first = vs;
    u64 first_root = (u64)first->root;
    struct table *second = use_vsatp(SV39);
    pt_map(second, GVA, GPA + PAGE, 0, LEAF_S);
    fence_all();
    for (unsigned i = 0; i < 3; i++) {
        csr_write(vsatp, ATP(SV39, ASID, first_root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
        csr_write(vsatp, ATP(SV39, ASID + 1, second->root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
    }
}

/* More address spaces than a machine may keep apart at a time, in turn. */
TEST(many_asids)
{
    enum { SPACES = 40 };
    static u64 roots[SPACES];

    two_targets();
    for (u64 n = 0; n < SPACES; n++) {
        struct table t = pt_new(SV39, false);
        u64 *own = (u64 *)new_pages(1);

        for (unsigned i = 0; i < PAGE / 8; i++) t.root[i] = vs->root[i]; /* the image */
        *pt_entry(&t, GVA, 2) = 0;
        *own = 0x200 + n;
        pt_map(g, GPA + (n + 2) * PAGE, (u64)own, 0, LEAF_U);
        pt_map(&t, GVA, GPA + (n + 2) * PAGE, 0, LEAF_S);
        roots[n] = (u64)t.root;
    }
    fence_all();
    for (u64 n = 0; n < 3 * SPACES; n++) {
        csr_write(vsatp, ATP(SV39, 10 + n % SPACES, roots[n % SPACES]));
        note(n);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x200 + n % SPACES);
    }
}

/* Two guests with the same ASID and the same vsatp, told apart by VMID. */
TEST(vmids)
{
    two_targets();
    u64 first_root = (u64)g->root;
    struct table *second = use_hgatp(SV48);
    pt_map(second, GPA, (u64)page[1], 0, LEAF_U);
    fence_all();
    for (unsigned i = 0; i < 3; i++) {
        csr_write(hgatp, ATP(SV39, VMID, first_root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
        csr_write(hgatp, ATP(SV48, VMID + 1, second->root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
    }
}

/* HS and the guest use one virtual address and one ASID: V tells them apart. */
TEST(hs_and_guest)
{
    two_targets();
    struct table *hs = use_satp(SV39);
    pt_map(hs, GVA, (u64)page[1], 0, LEAF_S);
    csr_write(satp, ATP(SV39, ASID, hs->root));
    fence_all();
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x101);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    }
}

/* VU and VS, with SUM off and on, share entries but not permissions. */
TEST(privilege_and_sum)
{
    two_targets();
    pt_map(vs, GVA, GPA, 0, LEAF_U);
    EXPECT_VALUE(run(VU_MODE, do_ld, GVA), 0x100);
    for (unsigned i = 0; i < 3; i++) {
        csr_clear(vsstatus, STATUS_SUM);
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                    .gva = true);
        csr_set(vsstatus, STATUS_SUM);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    }
}

TEST(mxr_of_either_level)
{
    two_targets();
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_RW);
    for (unsigned i = 0; i < 3; i++) {
        csr_set(vsstatus, STATUS_MXR);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
        csr_clear(vsstatus, STATUS_MXR);
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                    .gva = true);
        csr_set(sstatus, STATUS_MXR);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
        csr_clear(sstatus, STATUS_MXR);
    }
}

/* A global page in VS-stage is global within its guest only. */
TEST(global_pages_and_vmids)
{
    two_targets();
    pt_map(vs, GVA, GPA, 0, LEAF_S | PTE_G);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    u64 first_root = (u64)g->root;
    struct table *second = use_hgatp(SV39);
    pt_map(second, GPA, (u64)page[1], 0, LEAF_U);
    fence_all();
    for (unsigned i = 0; i < 3; i++) {
        csr_write(hgatp, ATP(SV39, VMID + 1, second->root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x101);
        csr_write(hgatp, ATP(SV39, VMID, first_root));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x100);
    }
}
