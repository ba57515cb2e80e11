/* Permissions of both stages: every kind of guest access (direct, HLV, HLVX and HSV from M, HS and
 * U, MPRV with MPV) under every SUM and MXR of both levels, over every kind of page in each stage;
 * and MPRV under every MPV and MPP (H extension, "Hypervisor Virtual-Machine Load and Store
 * Instructions", "Machine Status Registers", "Two-Stage Address Translation"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_hlv, "hlv.d a0, (a0)");
SNIPPET(do_hlvx, "hlvx.wu a0, (a0)");
SNIPPET(do_hsv, "hsv.d a1, (a0)");

/* a2: MPRV, MPV and MPP, all of which are 0 before. */
#define WITH_MPRV "li t0, 0x8000021800\ncsrc mstatus, t0\ncsrs mstatus, a2\n"
SNIPPET(mprv_ld, WITH_MPRV ".globl mprv_ld_at\nmprv_ld_at: ld a0, 0(a0)");
SNIPPET(mprv_sd, WITH_MPRV ".globl mprv_sd_at\nmprv_sd_at: sd a1, 0(a0)");
SNIPPET(mprv_hlv, WITH_MPRV ".globl mprv_hlv_at\nmprv_hlv_at: hlv.d a0, (a0)");
extern const u32 mprv_ld_at[], mprv_sd_at[], mprv_hlv_at[];

#define MPRV_VS (STATUS_MPRV | STATUS_MPV | MPP_S)
#define MPRV_VU (STATUS_MPRV | STATUS_MPV)

enum kind { LOAD, STORE, LOAD_OF_CODE };

static const struct access {
    const u32 *code, *at;
    enum mode mode;
    enum kind kind;
    bool user; /* as in VU */
    u64 mprv;
} accesses[] = {
    {do_ld,    do_ld,       VS_MODE, LOAD,         false, 0                               },
    {do_sd,    do_sd,       VS_MODE, STORE,        false, 0                               },
    {do_ld,    do_ld,       VU_MODE, LOAD,         true,  0                               },
    {do_sd,    do_sd,       VU_MODE, STORE,        true,  0                               },
    {do_hlv,   do_hlv,      S_MODE,  LOAD,         false, 0                               },
    {do_hlv,   do_hlv,      S_MODE,  LOAD,         true,  0                               },
    {do_hlvx,  do_hlvx,     S_MODE,  LOAD_OF_CODE, false, 0                               },
    {do_hlvx,  do_hlvx,     S_MODE,  LOAD_OF_CODE, true,  0                               },
    {do_hsv,   do_hsv,      S_MODE,  STORE,        false, 0                               },
    {do_hsv,   do_hsv,      S_MODE,  STORE,        true,  0                               },
    {do_hlv,   do_hlv,      M_MODE,  LOAD,         false, 0                               },
    {do_hlvx,  do_hlvx,     M_MODE,  LOAD_OF_CODE, true,  0                               },
    {do_hsv,   do_hsv,      M_MODE,  STORE,        true,  0                               },
    {do_hlv,   do_hlv,      U_MODE,  LOAD,         false, 0                               },
    {do_hlvx,  do_hlvx,     U_MODE,  LOAD_OF_CODE, false, 0                               },
    {do_hsv,   do_hsv,      U_MODE,  STORE,        true,  0                               },
    {mprv_ld,  mprv_ld_at,  M_MODE,  LOAD,         false, MPRV_VS                         },
    {mprv_sd,  mprv_sd_at,  M_MODE,  STORE,        false, MPRV_VS                         },
    {mprv_ld,  mprv_ld_at,  M_MODE,  LOAD,         true,  MPRV_VU                         },
    {mprv_sd,  mprv_sd_at,  M_MODE,  STORE,        true,  MPRV_VU                         },
 /* HLV does not care for MPRV: neither for one that says HS, nor for one that says U. */
    {mprv_hlv, mprv_hlv_at, M_MODE,  LOAD,         false, STATUS_MPRV | MPP_S             },
    {mprv_hlv, mprv_hlv_at, M_MODE,  LOAD,         true,  STATUS_MPRV | STATUS_MPV | MPP_S},
    {mprv_hlv, mprv_hlv_at, M_MODE,  LOAD,         false, STATUS_MPRV                     },
};
enum { ACCESSES = sizeof accesses / sizeof *accesses };

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

enum { SUM_OF_HS = 1, SUM_OF_VS = 2, MXR_OF_HS = 4, MXR_OF_VS = 8, ALL_BITS = 16 };

/* ---- the model ---- */

static bool allowed(u64 pte, enum kind kind, bool mxr)
{
    if (kind == LOAD_OF_CODE) return pte & PTE_X;
    if (kind == STORE) return pte & PTE_W;
    return (pte & PTE_R) || (mxr && (pte & PTE_X));
}

static bool vs_stage_allows(const struct access *a, u64 pte, unsigned bits)
{
    bool user_page = pte & PTE_U;

    if (a->user && !user_page) return false;
    if (!a->user && user_page && !(bits & SUM_OF_VS)) return false;
    return allowed(pte, a->kind, bits & (MXR_OF_HS | MXR_OF_VS));
}

static bool g_stage_allows(const struct access *a, u64 pte, unsigned bits)
{
    return allowed(pte, a->kind, bits & MXR_OF_HS);
}

/* ---- the machine ---- */

static void apply(unsigned bits)
{
    csr_clear(sstatus, STATUS_SUM | STATUS_MXR);
    csr_clear(vsstatus, STATUS_SUM | STATUS_MXR);
    csr_set(sstatus, (bits & SUM_OF_HS ? STATUS_SUM : 0) | (bits & MXR_OF_HS ? STATUS_MXR : 0));
    csr_set(vsstatus, (bits & SUM_OF_VS ? STATUS_SUM : 0) | (bits & MXR_OF_VS ? STATUS_MXR : 0));
}

static void check(const struct access *a, u64 vs_pte, u64 g_pte, unsigned bits)
{
    bool store = a->kind == STORE, vs = vs_stage_allows(a, vs_pte, bits);
    u64 page_fault = store ? STORE_PAGE_FAULT : LOAD_PAGE_FAULT;
    u64 guest_fault = store ? STORE_GUEST_PAGE_FAULT : LOAD_GUEST_PAGE_FAULT;

    csr_clear(hstatus, HSTATUS_SPVP);
    csr_set(hstatus, a->user ? 0 : HSTATUS_SPVP);
    struct trap t = run(a->mode, a->code, GVA, 0, a->mprv);
    if (vs && g_stage_allows(a, g_pte, bits))
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, a->mode == M_MODE ? LEVEL_M : LEVEL_HS,
                    .cause = vs ? guest_fault : page_fault, .tval = GVA, .gpa = GPA,
                    .epc = (u64)a->at, .gva = true);
}

/* R, RW, X, RX, RWX */
static const u64 rwx[] = {PTE_R, PTE_RW, PTE_X, PTE_R | PTE_X, PTE_RWX};
#define REST (PTE_V | PTE_A | PTE_D)

TEST(every_access_to_every_page)
{
    u8 *page = new_pages(1);
    struct table *g = use_hgatp(SV39), *vs = use_vsatp(SV39);

    csr_write(medeleg, MASK(15, 12) | MASK(23, 20));
    csr_set(hstatus, HSTATUS_HU);
    for (unsigned i = 0; i < 50; i++) {
        u64 vs_pte = REST | rwx[i % 5] | (i >= 25 ? PTE_U : 0);
        u64 g_pte = REST | rwx[i / 5 % 5] | PTE_U;

        pt_map(vs, GVA, GPA, 0, vs_pte);
        pt_map(g, GPA, (u64)page, 0, g_pte);
        for (unsigned bits = 0; bits < ALL_BITS; bits++) {
            apply(bits);
            for (unsigned k = 0; k < ACCESSES; k++) {
                note(i << 16 | bits << 8 | k);
                check(&accesses[k], vs_pte, g_pte, bits);
            }
        }
    }
}

/* Execute-only G-stage pages and the tables of the guest: no MXR makes them readable. */
TEST(page_tables_are_not_explicit_loads)
{
    u8 *page = new_pages(1);
    struct table *g = use_hgatp(SV39), *vs = use_vsatp(SV39);

    csr_set(hstatus, HSTATUS_HU);
    pt_map(g, GPA, (u64)page, 0, LEAF_U);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    u64 entry = (u64)pt_entry(vs, GVA, 0);
    pt_map(g, entry & ~0xfffull, entry & ~0xfffull, 0, LEAF_U & ~PTE_RW);
    for (unsigned k = 0; k < ACCESSES; k++) {
        const struct access *a = &accesses[k];

        apply(ALL_BITS - 1);
        csr_set(hstatus, HSTATUS_SPVP);
        note(k);
        EXPECT_TRAP(run(a->mode, a->code, GVA, 0, a->mprv), LEVEL_M,
                    .cause = a->kind == STORE ? STORE_GUEST_PAGE_FAULT : LOAD_GUEST_PAGE_FAULT,
                    .tval = GVA, .gpa = entry, .epc = (u64)a->at, .pseudo = 0x3000, .gva = true);
    }
}

/* ---- MPRV: whose address space ---- */

/* One virtual address for supervisors and one for users. Each leads to one page by itself, by satp,
 * and by vsatp and hgatp. */
enum { BY_ITSELF, BY_SATP, BY_VSATP, SPACES };

struct place_of_access {
    u64 va;
    u64 *page[SPACES];
};

static struct place_of_access make_place(struct table *hs, struct table *vs, struct table *g,
                                         u64 flags, u64 gpa)
{
    struct place_of_access p;

    for (u64 k = 0; k < SPACES; k++) {
        p.page[k] = (u64 *)new_pages(1);
        *p.page[k] = 0x100 * flags + k;
    }
    p.va = (u64)p.page[BY_ITSELF];
    pt_map(hs, p.va, (u64)p.page[BY_SATP], 0, flags);
    pt_map(vs, p.va, gpa, 0, flags);
    pt_map(g, gpa, (u64)p.page[BY_VSATP], 0, LEAF_U);
    return p;
}

/* The effect of MPRV on explicit accesses, as the specification's table has it. */
static void check_mprv(const struct place_of_access *p, bool user_page, u64 mprv)
{
    u64 mpp = (mprv & STATUS_MPP) >> 11;
    bool on = (mprv & STATUS_MPRV) && mpp != 3, virtual = on && (mprv & STATUS_MPV);
    unsigned space = !on ? BY_ITSELF : virtual ? BY_VSATP : BY_SATP;
    struct trap load = run(M_MODE, mprv_ld, p->va, 0, mprv);
    struct trap store = run(M_MODE, mprv_sd, p->va, *p->page[space] + 3, mprv);

    if (on && user_page != (mpp == 0)) {
        EXPECT_TRAP(load, LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = p->va, .gva = virtual,
                    .epc = (u64)mprv_ld_at);
        EXPECT_TRAP(store, LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = p->va, .gva = virtual,
                    .epc = (u64)mprv_sd_at);
    } else {
        EXPECT_VALUE(load, *p->page[space] - 3);
        EXPECT_RETURN(store);
    }
}

TEST(mprv_under_every_mpv_and_mpp)
{
    static const u64 mpp[] = {0, 1, 3};
    struct table *hs = use_satp(SV39), *g = use_hgatp(SV48), *vs = use_vsatp(SV57);
    struct place_of_access s = make_place(hs, vs, g, LEAF_S, GPA);
    struct place_of_access u = make_place(hs, vs, g, LEAF_U, GPA + PAGE);

    for (unsigned k = 0; k < 12; k++) {
        u64 mprv = mpp[k >> 2] << 11 | (k & 1 ? STATUS_MPRV : 0) | (k & 2 ? STATUS_MPV : 0);

        note(k);
        check_mprv(&s, false, mprv);
        check_mprv(&u, true, mprv);
    }
}

/* Fetches are M-mode's own whatever MPRV says, and HS is not M: it has no MPRV. */
TEST(mprv_is_not_for_fetches)
{
    SNIPPET(goes_on, WITH_MPRV "nop\nnop\nli a0, 9");

    use_vsatp(SV39); /* and nothing in the G-stage */
    csr_write(hgatp, ATP(SV39, 0, pt_new(SV39, true).root));
    fence_all();
    EXPECT_VALUE(run(M_MODE, goes_on, 0, 0, MPRV_VS), 9);
}

/* ---- HU, and who may ---- */

TEST(hu_opens_them_to_u)
{
    static const u32 *const code[] = {do_hlv, do_hlvx, do_hsv};
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};
    u64 *page = (u64 *)new_pages(1);

    for (unsigned k = 0; k < 3 * 5 * 2 * 2; k++) {
        enum mode mode = modes[k % 5];
        bool hu = k / 5 & 1, spvp = k / 10 & 1;

        csr_clear(hstatus, HSTATUS_HU | HSTATUS_SPVP);
        csr_set(hstatus, (hu ? HSTATUS_HU : 0) | (spvp ? HSTATUS_SPVP : 0));
        struct trap t = run(mode, code[k / 20], page);
        note(k);
        if (mode & 4)
            EXPECT_TRAP(t, LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
        else if (mode == U_MODE && !hu)
            EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        else
            EXPECT_RETURN(t);
    }
}
