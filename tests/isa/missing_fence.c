/* Translations that changed, and each way to lack the fence: none, or one for another address, ASID
 * or VMID, or for the other stage. Where enough was fenced the machine must use the new
 * translation; where not it may use either, and which is printed as "NAME: FENCE: new" or "old"
 * (12.2.1, 22.3.2: "an implementation may use any translation for an address that was valid at any
 * time since the most recent SFENCE.VMA that subsumes that address"). tests/cli/tlb.sh reads these
 * lines. */
#include "fences.h"
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a0, 8(a0)\nli a0, 0x100");

SNIPPET(sfence, "sfence.vma");
/* With the VMID changed by a1 (at its place in hgatp) meanwhile. */
SNIPPET(hfence_v_elsewhere, "csrr t0, hgatp\nxor t1, t0, a1\ncsrw hgatp, t1\n"
                            "hfence.vvma\ncsrw hgatp, t0");

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

enum { ASID = 5, VMID = 3 };
#define FAULT (~0ull)

/* ---- translations ---- */

static u64 *page[2];
static struct table hs[2], hs48, vs[2], vs48, g[2];

/* A table of the kind that use() makes, in which va leads to where. */
#define TABLE(use, scheme, va, where, flags)                                                       \
    ({                                                                                             \
        struct table *t_ = use(scheme);                                                            \
        pt_map(t_, va, where, 0, flags);                                                           \
        *t_;                                                                                       \
    })

static void make_pages(void)
{
    for (u64 i = 0; i < 2; i++) {
        page[i] = (u64 *)new_pages(1);
        *page[i] = 0x100 + i;
    }
}

static void make_hs_tables(u64 flags)
{
    for (u64 i = 2; i-- > 0;) hs[i] = TABLE(use_satp, SV39, GVA, (u64)page[i], flags);
    csr_write(satp, ATP(SV39, ASID, hs[0].root));
}

static void make_hs(u64 flags)
{
    make_pages();
    make_hs_tables(flags);
}

static void make_guest(u64 flags)
{
    make_pages();
    for (u64 i = 2; i-- > 0;) {
        g[i] = TABLE(use_hgatp, SV39, GPA, (u64)page[i], LEAF_U);
        pt_map(&g[i], GPA + PAGE, (u64)page[1 - i], 0, LEAF_U);
    }
    for (u64 i = 2; i-- > 0;) vs[i] = TABLE(use_vsatp, SV39, GVA, GPA + i * PAGE, flags);
    csr_write(hgatp, ATP(SV39, VMID, g[0].root));
    csr_write(vsatp, ATP(SV39, ASID, vs[0].root));
}

static void plain_hs(void)
{
    make_hs(LEAF_S);
}
static void global_hs(void)
{
    make_hs(LEAF_S | PTE_G);
}
static void plain_guest(void)
{
    make_guest(LEAF_S);
}
static void global_guest(void)
{
    make_guest(LEAF_S | PTE_G);
}

/* And a table of another width, made first so that the plain ones are current. */
static void wide_hs(void)
{
    make_pages();
    hs48 = TABLE(use_satp, SV48, GVA, (u64)page[1], LEAF_S);
    make_hs_tables(LEAF_S);
}
static void wide_guest(void)
{
    vs48 = TABLE(use_vsatp, SV48, GVA, GPA + PAGE, LEAF_S);
    make_guest(LEAF_S);
}

/* vsatp Bare, and in the G-stage's table a page that leads to the other one. */
static void bare_vsatp(void)
{
    make_guest(LEAF_S);
    csr_write(vsatp, 0);
    pt_map(&g[0], (u64)page[1], (u64)page[0], 0, LEAF_U);
    pt_map(&g[0], (u64)page[0], (u64)page[1], 0, LEAF_U);
}
static void bare_hgatp(void)
{
    bare_vsatp();
    csr_write(hgatp, ATP(BARE, VMID, 0));
}

/* Dirty bits to be set by hardware, which is off yet. */
static void clean_hs(void)
{
    make_hs(LEAF_S & ~(PTE_D | PTE_A));
}

/* ---- changes ---- */

static void hs_leaf(void)
{
    *pt_entry(&hs[0], GVA, 0) = (u64)page[1] >> 2 | LEAF_S;
}
static void hs_global_leaf(void)
{
    *pt_entry(&hs[0], GVA, 0) = (u64)page[1] >> 2 | LEAF_S | PTE_G;
}
static void hs_pointer(void)
{
    *pt_entry(&hs[0], GVA, 1) = *pt_entry(&hs[1], GVA, 1);
}
static void hs_root(void)
{
    csr_write(satp, ATP(SV39, ASID, hs[1].root));
}
static void hs_scheme(void)
{
    csr_write(satp, ATP(SV48, ASID, hs48.root));
}
static void hs_other_asid(void)
{
    csr_write(satp, ATP(SV39, ASID + 1, hs[1].root));
}
static void hs_permission(void)
{
    *pt_entry(&hs[0], GVA, 0) &= ~PTE_W;
}
static void hs_adue(void)
{
    csr_write(menvcfg, ENVCFG_ADUE);
}
static void vs_leaf(void)
{
    *pt_entry(&vs[0], GVA, 0) = (GPA + PAGE) >> 2 | LEAF_S;
}
static void vs_global_leaf(void)
{
    *pt_entry(&vs[0], GVA, 0) = (GPA + PAGE) >> 2 | LEAF_S | PTE_G;
}
static void vs_pointer(void)
{
    *pt_entry(&vs[0], GVA, 1) = *pt_entry(&vs[1], GVA, 1);
}
static void vs_root(void)
{
    csr_write(vsatp, ATP(SV39, ASID, vs[1].root));
}
static void vs_scheme(void)
{
    csr_write(vsatp, ATP(SV48, ASID, vs48.root));
}
static void vs_permission(void)
{
    *pt_entry(&vs[0], GVA, 0) &= ~PTE_W;
}
static void g_leaf(void)
{
    *pt_entry(&g[0], GPA, 0) = (u64)page[1] >> 2 | LEAF_U;
}
static void g_pointer(void)
{
    *pt_entry(&g[0], GPA, 1) = *pt_entry(&g[1], GPA, 1);
}
static void g_root(void)
{
    csr_write(hgatp, ATP(SV39, VMID, g[1].root));
}
static void g_permission(void)
{
    *pt_entry(&g[0], GPA, 0) &= ~PTE_W;
}
static void g_to_bare(void)
{
    csr_write(hgatp, ATP(BARE, VMID, 0));
}
static void g_from_bare(void)
{
    csr_write(hgatp, ATP(SV39, VMID, g[0].root));
}

/* ---- fences ---- */

struct fence {
    const char *name;
    enum mode mode;
    const u32 *code; /* NULL: none */
    u64 a0, a1;
};

#define NONE                                                                                       \
    {                                                                                              \
        "no fence", M_MODE, NULL, 0, 0                                                             \
    }
#define SFENCE                                                                                     \
    {                                                                                              \
        "sfence", S_MODE, sfence, 0, 0                                                             \
    }
#define SFENCE_VS                                                                                  \
    {                                                                                              \
        "sfence in the guest", VS_MODE, sfence, 0, 0                                               \
    }
#define HFENCE_V                                                                                   \
    {                                                                                              \
        "hfence.vvma", S_MODE, hfence_v, 0, 0                                                      \
    }
#define HFENCE_G                                                                                   \
    {                                                                                              \
        "hfence.gvma", S_MODE, hfence_g, 0, 0                                                      \
    }
#define BY(code, mode, a0, a1)                                                                     \
    {                                                                                              \
#code, mode, code, a0, a1                                                                  \
    }
#define OTHER_VA  (GVA + PAGE)
#define OTHER_GPA ((GPA + PAGE) >> 2)

enum { FENCE_MAX = 10 };

/* A change: before it a snippet comes to old, after it and enough of a fence, to new. */
struct change {
    const char *name;
    void (*prepare)(void), (*change)(void);
    enum mode mode;
    const u32 *code;
    u64 a0, old, new;
    struct fence lacking[FENCE_MAX], enough[FENCE_MAX];
};

#define IN_HS    S_MODE, do_ld, GVA, 0x100, 0x101
#define IN_GUEST VS_MODE, do_ld, GVA, 0x100, 0x101

/* clang-format off */
static const struct change hs_changes[] = {
    {"leaf", plain_hs, hs_leaf, IN_HS,
     {NONE, HFENCE_V, HFENCE_G, BY(sfence_va, S_MODE, OTHER_VA, 0), BY(sfence_va_asid, S_MODE, GVA, ASID + 1),
      BY(sfence_asid, S_MODE, 0, ASID + 1), BY(sinval, S_MODE, GVA, ASID + 1), SFENCE_VS},
     {SFENCE, BY(sfence_va, S_MODE, GVA, 0), BY(sfence_va, S_MODE, GVA + 0x7f8, 0),
      BY(sfence_va_asid, S_MODE, GVA, ASID), BY(sfence_asid, S_MODE, 0, ASID), BY(sinval, S_MODE, GVA, ASID)}},
    {"global leaf", global_hs, hs_global_leaf, IN_HS,
     {NONE, BY(sfence_va_asid, S_MODE, GVA, ASID), BY(sfence_asid, S_MODE, 0, ASID)},
     {SFENCE, BY(sfence_va, S_MODE, GVA, 0)}},
    {"global leaf, other ASID", global_hs, hs_other_asid, IN_HS,
     {NONE, BY(sfence_asid, S_MODE, 0, ASID)},
     {SFENCE, BY(sfence_va, S_MODE, GVA, 0)}},
    {"pointer", plain_hs, hs_pointer, IN_HS,
     {NONE, BY(sfence_va, S_MODE, GVA, 0), BY(sfence_va_asid, S_MODE, GVA, ASID)},
     {SFENCE, BY(sfence_asid, S_MODE, 0, ASID)}},
    {"ASID used anew", plain_hs, hs_root, IN_HS,
     {NONE, BY(sfence_asid, S_MODE, 0, ASID + 1)},
     {SFENCE, BY(sfence_asid, S_MODE, 0, ASID)}},
    {"Sv39 to Sv48", wide_hs, hs_scheme, IN_HS,
     {NONE}, {SFENCE, BY(sfence_asid, S_MODE, 0, ASID)}},
    {"permission", plain_hs, hs_permission, S_MODE, do_sd, GVA, 0x100, FAULT,
     {NONE, BY(sfence_va, S_MODE, OTHER_VA, 0)}, {SFENCE, BY(sfence_va, S_MODE, GVA, 0)}},
    {"menvcfg.ADUE", clean_hs, hs_adue, S_MODE, do_sd, GVA, FAULT, 0x100,
     {NONE}, {SFENCE}},
};

static const struct change vs_changes[] = {
    {"VS leaf", plain_guest, vs_leaf, IN_GUEST,
     {NONE, SFENCE, HFENCE_G, BY(hfence_v_va, S_MODE, OTHER_VA, 0), BY(hfence_v_va_asid, S_MODE, GVA, ASID + 1),
      BY(hfence_v_asid, S_MODE, 0, ASID + 1), BY(hinval_v, S_MODE, GVA, ASID + 1),
      BY(hfence_v_elsewhere, S_MODE, 0, BIT(44)), BY(sfence_va, VS_MODE, OTHER_VA, 0),
      BY(sfence_asid, VS_MODE, 0, ASID + 1)},
     {HFENCE_V, SFENCE_VS, BY(hfence_v_va, S_MODE, GVA, 0), BY(hfence_v_va_asid, S_MODE, GVA, ASID),
      BY(hfence_v_asid, S_MODE, 0, ASID), BY(hinval_v, S_MODE, GVA, ASID), BY(sfence_va, VS_MODE, GVA, 0),
      BY(sfence_va_asid, VS_MODE, GVA, ASID), BY(sfence_asid, VS_MODE, 0, ASID), BY(sinval, VS_MODE, GVA, ASID)}},
    {"VS global leaf", global_guest, vs_global_leaf, IN_GUEST,
     {NONE, BY(hfence_v_va_asid, S_MODE, GVA, ASID), BY(hfence_v_asid, S_MODE, 0, ASID)},
     {HFENCE_V, BY(hfence_v_va, S_MODE, GVA, 0)}},
    {"VS pointer", plain_guest, vs_pointer, IN_GUEST,
     {NONE, BY(hfence_v_va, S_MODE, GVA, 0), BY(sfence_va_asid, VS_MODE, GVA, ASID)},
     {HFENCE_V, SFENCE_VS, BY(hfence_v_asid, S_MODE, 0, ASID)}},
    {"guest's ASID used anew", plain_guest, vs_root, IN_GUEST,
     {NONE, HFENCE_G, BY(hfence_v_asid, S_MODE, 0, ASID + 1)},
     {HFENCE_V, SFENCE_VS, BY(hfence_v_asid, S_MODE, 0, ASID)}},
    {"guest's Sv39 to Sv48", wide_guest, vs_scheme, IN_GUEST,
     {NONE}, {HFENCE_V, SFENCE_VS}},
    {"VS permission", plain_guest, vs_permission, VS_MODE, do_sd, GVA, 0x100, FAULT,
     {NONE, BY(hfence_v_va, S_MODE, OTHER_VA, 0)}, {HFENCE_V, BY(hfence_v_va, S_MODE, GVA, 0)}},
};

static const struct change g_changes[] = {
    {"G leaf", plain_guest, g_leaf, IN_GUEST,
     {NONE, SFENCE, SFENCE_VS, HFENCE_V, BY(hfence_g_gpa, S_MODE, OTHER_GPA, 0),
      BY(hfence_g_gpa, S_MODE, GPA, 0), BY(hfence_g_gpa_vmid, S_MODE, GPA >> 2, VMID + 1),
      BY(hfence_g_vmid, S_MODE, 0, VMID + 1), BY(hinval_g, S_MODE, GPA >> 2, VMID + 1)},
     {HFENCE_G, BY(hfence_g_gpa, S_MODE, GPA >> 2, 0), BY(hfence_g_gpa, S_MODE, (GPA + 0x7f8) >> 2, 0),
      BY(hfence_g_gpa_vmid, S_MODE, GPA >> 2, VMID), BY(hfence_g_vmid, S_MODE, 0, VMID),
      BY(hinval_g, S_MODE, GPA >> 2, VMID), BY(hfence_g, M_MODE, 0, 0)}},
    {"G pointer", plain_guest, g_pointer, IN_GUEST,
     {NONE, BY(hfence_g_gpa, S_MODE, GPA >> 2, 0)},
     {HFENCE_G, BY(hfence_g_vmid, S_MODE, 0, VMID)}},
    {"VMID used anew", plain_guest, g_root, IN_GUEST,
     {NONE, HFENCE_V, BY(hfence_g_vmid, S_MODE, 0, VMID + 1)},
     {HFENCE_G, BY(hfence_g_vmid, S_MODE, 0, VMID)}},
    {"G permission", plain_guest, g_permission, VS_MODE, do_sd, GVA, 0x100, FAULT,
     {NONE, HFENCE_V, BY(hfence_g_gpa, S_MODE, OTHER_GPA, 0)}, {HFENCE_G, BY(hfence_g_gpa, S_MODE, GPA >> 2, 0)}},
    {"hgatp to Bare", bare_vsatp, g_to_bare, VS_MODE, do_ld, 1, 0x100, 0x101,
     {NONE, HFENCE_V}, {HFENCE_G, BY(hfence_g_vmid, S_MODE, 0, VMID)}},
    {"hgatp from Bare", bare_hgatp, g_from_bare, VS_MODE, do_ld, 0, 0x100, 0x101,
     {NONE, HFENCE_V}, {HFENCE_G, BY(hfence_g_vmid, S_MODE, 0, VMID)}},
};
/* clang-format on */

/* What the snippet comes to; small addresses stand for pages. */
static u64 outcome(const struct change *c)
{
    struct trap t = run(c->mode, c->code, c->a0 < 2 ? (u64)page[c->a0] : c->a0);

    return t.level == NOT_TAKEN ? t.value : FAULT;
}

/* The outcome after the change and the fence. */
static u64 try(const struct change *c, const struct fence *f)
{
    reset_machine();
    c->prepare();
    CHECK_EQ(outcome(c), c->old); /* fences, as tables are new */
    c->change();
    if (f->code) EXPECT_RETURN(run(f->mode, f->code, f->a0, f->a1));
    return outcome(c);
}

static void try_lacking(const struct change *c, const struct fence *f)
{
    u64 got = try(c, f);

    if (got != c->old) CHECK_EQ(got, c->new);
    print(c->name);
    print(": ");
    print(f->name);
    print(got == c->old ? ": old\n" : ": new\n");
}

static void try_all(const struct change *changes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct change *c = &changes[i];

        note(i);
        for (unsigned k = 0; k < FENCE_MAX && c->lacking[k].name; k++)
            try_lacking(c, &c->lacking[k]);
        for (unsigned k = 0; k < FENCE_MAX && c->enough[k].name; k++)
            CHECK_EQ(try(c, &c->enough[k]), c->new);
    }
}

TEST(hs_level)
{
    try_all(hs_changes, sizeof hs_changes / sizeof *hs_changes);
}

TEST(vs_stage)
{
    try_all(vs_changes, sizeof vs_changes / sizeof *vs_changes);
}

TEST(g_stage)
{
    try_all(g_changes, sizeof g_changes / sizeof *g_changes);
}

/* "The address-translation cache cannot be used in step 9": D is set in memory, and only if memory
 * holds what the translation came from. So a store through an entry without D cannot be stale. */
TEST(dirty_bit)
{
    csr_write(menvcfg, ENVCFG_ADUE);
    make_hs(LEAF_S & ~PTE_D);
    u64 *entry = pt_entry(&hs[0], GVA, 0);
    EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x100);
    *entry = (u64)page[1] >> 2 | (LEAF_S & ~PTE_D);
    EXPECT_RETURN(run(S_MODE, do_sd, GVA));
    CHECK_EQ(*entry, (u64)page[1] >> 2 | LEAF_S);
    CHECK_EQ(page[1][1], GVA);
    CHECK_EQ(page[0][1], 0);
}
