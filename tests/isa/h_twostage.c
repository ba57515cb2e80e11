/* Two-stage translation: every pair of schemes, every leaf level, permissions of each stage
 * (H extension, "Two-Stage Address Translation"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");
SNIPPET(do_lr, "lr.d a0, (a0)");
SNIPPET(do_sc, "sc.d a0, a1, (a0)");
SNIPPET(code_in_page, "li a0, 0x5a");

static const enum scheme schemes[] = {BARE, SV39, SV48, SV57};

/* Addresses that differ in every index of every scheme; GPA bit 40 is beyond Sv39's own reach. */
#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

struct world {
    struct table *vs, *g;
    u8 *page; /* the supervisor physical page behind GVA */
    u64 gva, gpa;
};

/* One page mapped through both stages; a Bare stage passes the address on. */
static struct world make_world(enum scheme vs, enum scheme g)
{
    struct world w = {.page = new_pages(1)};

    w.gpa = g ? GPA : (u64)w.page;
    w.gva = vs ? GVA : w.gpa;
    if (g) {
        w.g = use_hgatp(g);
        pt_map(w.g, w.gpa, (u64)w.page, 0, LEAF_U);
    }
    if (vs) {
        w.vs = use_vsatp(vs);
        pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S);
    }
    *(u64 *)w.page = 0x1122334455667788;
    return w;
}

static void delegate_faults(void)
{
    csr_write(medeleg, MASK(15, 12) | MASK(23, 20));
}

TEST(every_pair_of_schemes)
{
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            reset_machine();
            struct world w = make_world(schemes[i], schemes[j]);
            note(i << 4 | j);
            EXPECT_VALUE(run(VS_MODE, do_ld, w.gva), 0x1122334455667788);
            EXPECT_RETURN(run(VS_MODE, do_sd, w.gva + 8, 0x99));
            CHECK_EQ(((u64 *)w.page)[1], 0x99);
        }
    }
}

TEST(user_page_in_vu)
{
    for (unsigned i = 1; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            reset_machine();
            struct world w = make_world(schemes[i], schemes[j]);
            note(i << 4 | j);
            pt_map(w.vs, w.gva, w.gpa, 0, LEAF_U);
            EXPECT_VALUE(run(VU_MODE, do_ld, w.gva), 0x1122334455667788);
        }
    }
}

/* A page of level n maps 4 KiB << 9n: VS-stage leaves over a 4 KiB G-stage, and the reverse. */
TEST(vs_stage_leaf_levels)
{
    for (unsigned i = 1; i < 4; i++) {
        for (unsigned level = 0; level < pt_levels(schemes[i]); level++) {
            reset_machine();
            struct world w = make_world(schemes[i], SV57);
            u64 size = pt_page_size(level), gva = 3 * size;

            note(i << 4 | level);
            if (gva >> (11 + 9 * pt_levels(schemes[i]))) gva = size;
            pt_map(w.vs, gva, w.gpa & ~(size - 1), level, LEAF_S);
            EXPECT_VALUE(run(VS_MODE, do_ld, gva + (w.gpa & (size - 1))), 0x1122334455667788);
        }
    }
}

TEST(g_stage_leaf_levels)
{
    for (unsigned i = 1; i < 4; i++) {
        for (unsigned level = 0; level < pt_levels(schemes[i]); level++) {
            reset_machine();
            struct world w = make_world(SV57, schemes[i]);
            u64 size = pt_page_size(level), gpa = 5 * size, pa = (u64)w.page;

            note(i << 4 | level);
            pt_map(w.g, gpa, pa & ~(size - 1), level, LEAF_U);
            gpa += pa & (size - 1);
            pt_map(w.vs, w.gva, gpa & ~0xfffull, 0, LEAF_S);
            EXPECT_VALUE(run(VS_MODE, do_ld, w.gva), 0x1122334455667788);
        }
    }
}

/* The two extra bits of a guest physical address index the 16 KiB root. */
TEST(root_of_16_kib)
{
    for (unsigned i = 1; i < 4; i++) {
        for (u64 top = 1; top < 4; top++) {
            reset_machine();
            struct world w = make_world(BARE, schemes[i]);
            u64 gpa = top << (12 + 9 * pt_levels(schemes[i])) | 0x3000;

            note(i << 4 | top);
            pt_map(w.g, gpa, (u64)w.page, 0, LEAF_U);
            EXPECT_VALUE(run(VS_MODE, do_ld, gpa), 0x1122334455667788);
        }
    }
}

/* Pages that differ in the two extra bits alone are different pages, whichever was used before. */
TEST(extra_bits_tell_pages_apart)
{
    for (unsigned i = 1; i < 4; i++) {
        reset_machine();
        struct world w = make_world(BARE, schemes[i]);
        unsigned low = 12 + 9 * pt_levels(schemes[i]);

        for (u64 top = 0; top < 4; top++) {
            u64 *page = (u64 *)new_pages(1);
            *page = 0x40 + top;
            pt_map(w.g, top << low | 0x3000, (u64)page, 0, LEAF_U);
        }
        for (u64 n = 0; n < 12; n++) {
            u64 top = n * 3 & 3;
            note(i << 8 | n);
            EXPECT_VALUE(run(VS_MODE, do_ld, top << low | 0x3000), 0x40 + top);
        }
    }
}

/* Bits above the scheme's width make a guest-page fault, whatever the tables hold. */
TEST(gpa_too_wide)
{
    delegate_faults();
    for (unsigned i = 1; i < 4; i++) {
        unsigned width = 2 + 12 + 9 * pt_levels(schemes[i]);

        if (width > 55) continue; /* a PTE's 44-bit PPN cannot hold more than 56 bits */
        csr_write(vsatp, 0);
        csr_write(hgatp, 0);
        reset_tables();
        struct world w = make_world(SV57, schemes[i]);
        note(width);
        pt_map(w.g, 0x7000, (u64)w.page, 0, LEAF_U);
        pt_map(w.vs, w.gva, 0x7000, 0, LEAF_S);
        EXPECT_VALUE(run(VS_MODE, do_ld, w.gva), 0x1122334455667788);
        pt_map(w.vs, w.gva, BIT(width) | 0x7000, 0, LEAF_S);
        EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = w.gva, .gpa = BIT(width) | 0x7000, .gva = true);
        EXPECT_TRAP(run(VS_MODE, do_sd, w.gva + 8), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                    .tval = w.gva + 8, .gpa = BIT(width) | 0x7008, .gva = true);
    }
}

/* With vsatp Bare the GPA is the whole virtual address: zero-extended, never sign-extended. */
TEST(gpa_too_wide_with_bare_vsatp)
{
    delegate_faults();
    for (unsigned i = 1; i < 4; i++) {
        unsigned width = 2 + 12 + 9 * pt_levels(schemes[i]);

        csr_write(hgatp, 0);
        reset_tables();
        struct world w = make_world(BARE, schemes[i]);
        for (unsigned bit = width; bit < 64; bit += 63 - width) {
            note(width << 8 | bit);
            u64 gva = BIT(bit) | GPA;
            EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                        .tval = gva, .gpa = gva, .gva = true);
        }
        EXPECT_VALUE(run(VS_MODE, do_ld, w.gva), 0x1122334455667788);
    }
}

/* vsatp Bare: no U bit and no SUM of VS-stage; VU and VS see the same guest physical memory. */
TEST(bare_vsatp_has_no_permissions)
{
    struct world w = make_world(BARE, SV39);

    EXPECT_VALUE(run(VU_MODE, do_ld, w.gva), 0x1122334455667788);
    EXPECT_VALUE(run(VS_MODE, do_ld, w.gva), 0x1122334455667788);
}

/* VS-stage virtual addresses must be sign-extended: else a page fault, not a guest-page fault. */
TEST(non_canonical_gva)
{
    delegate_faults();
    csr_write(hedeleg, MASK(15, 12));
    for (unsigned i = 1; i < 4; i++) {
        unsigned width = 12 + 9 * pt_levels(schemes[i]);

        csr_write(vsatp, 0);
        csr_write(hgatp, 0);
        reset_tables();
        struct world w = make_world(schemes[i], SV39);
        u64 negative = ~0ull << (width - 1) | 0x3000;

        note(width);
        pt_map(w.vs, negative, w.gpa, 0, LEAF_S);
        EXPECT_VALUE(run(VS_MODE, do_ld, negative), 0x1122334455667788);
        EXPECT_TRAP(run(VS_MODE, do_ld, negative ^ BIT(63)), LEVEL_VS, .cause = LOAD_PAGE_FAULT,
                    .tval = negative ^ BIT(63));
        EXPECT_TRAP(run(VS_MODE, do_sd, w.gva | BIT(width)), LEVEL_VS, .cause = STORE_PAGE_FAULT,
                    .tval = w.gva | BIT(width));
    }
}

/* ---- permissions ---- */

struct permission {
    u64 flags;
    bool load, store, fetch; /* allowed */
};

/* G-stage checks as though in U-mode: a page without U is never accessible. */
static const struct permission g_permissions[] = {
    {PTE_V | PTE_R | PTE_U | PTE_A | PTE_D,                     true,  false, false},
    {PTE_V | PTE_RW | PTE_U | PTE_A | PTE_D,                    true,  true,  false},
    {PTE_V | PTE_X | PTE_U | PTE_A | PTE_D,                     false, false, true },
    {PTE_V | PTE_R | PTE_X | PTE_U | PTE_A | PTE_D,             true,  false, true },
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D,                   true,  true,  true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D,                           false, false, false},
    {PTE_RWX | PTE_U | PTE_A | PTE_D,                           false, false, false},
    {PTE_V | PTE_W | PTE_U | PTE_A | PTE_D,                     false, false, false},
    {PTE_V | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D,             false, false, false},
    {PTE_V | PTE_U,                                             false, false, false},
    {PTE_V | PTE_RWX | PTE_U | PTE_D,                           false, false, false}, /* A = 0, ADUE = 0 */
    {PTE_V | PTE_RWX | PTE_U | PTE_A,                           true,  false, true }, /* D = 0 */
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D | BIT(54),         false, false, false}, /* reserved bits */
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D | BIT(60),         false, false, false},
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D | PTE_PBMT(1),     false, false, false}, /* PBMTE = 0 */
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D | PTE_G,           true,  true,  true }, /* G: ignored */
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D | BIT(8) | BIT(9), true,  true,  true }, /* RSW */
};

static void put_code(struct world *w)
{
    for (unsigned i = 0; i < 4; i++) ((u32 *)w->page)[i] = code_in_page[i];
    __asm__ volatile("fence.i" ::: "memory");
}

static void expect_fetch(struct world *w, bool allowed, enum level level, u64 cause)
{
    struct trap t = run(VS_MODE, do_jump, w->gva);

    if (allowed)
        EXPECT_VALUE(t, 0x5a);
    else
        EXPECT_TRAP(t, level, .cause = cause, .epc = w->gva, .tval = w->gva, .gpa = w->gpa,
                    .gva = level != LEVEL_VS);
}

static void expect_load(struct world *w, bool allowed, enum level level, u64 cause)
{
    struct trap t = run(VS_MODE, do_ld, w->gva);

    if (allowed)
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, level, .cause = cause, .tval = w->gva, .gpa = w->gpa,
                    .gva = level != LEVEL_VS);
}

static void expect_store(struct world *w, const u32 *code, bool allowed, enum level level,
                         u64 cause)
{
    struct trap t = run(VS_MODE, code, w->gva + 64, 0);

    if (allowed)
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, level, .cause = cause, .tval = w->gva + 64, .gpa = w->gpa + 64,
                    .gva = level != LEVEL_VS);
}

TEST(g_stage_permissions)
{
    delegate_faults();
    csr_write(hedeleg, MASK(15, 12));
    struct world w = make_world(SV48, SV48);

    put_code(&w);
    for (unsigned i = 0; i < sizeof g_permissions / sizeof *g_permissions; i++) {
        const struct permission *p = &g_permissions[i];

        note(p->flags);
        pt_map(w.g, w.gpa, (u64)w.page, 0, p->flags);
        expect_load(&w, p->load, LEVEL_HS, LOAD_GUEST_PAGE_FAULT);
        expect_store(&w, do_sd, p->store, LEVEL_HS, STORE_GUEST_PAGE_FAULT);
        expect_store(&w, do_amo, p->load && p->store, LEVEL_HS, STORE_GUEST_PAGE_FAULT);
        expect_fetch(&w, p->fetch, LEVEL_HS, FETCH_GUEST_PAGE_FAULT);
    }
}

/* The same at VS-stage: a page fault, which hedeleg gives to VS. */
static const struct permission vs_permissions[] = {
    {PTE_V | PTE_R | PTE_A | PTE_D,                 true,  false, false},
    {PTE_V | PTE_RW | PTE_A | PTE_D,                true,  true,  false},
    {PTE_V | PTE_X | PTE_A | PTE_D,                 false, false, true },
    {PTE_V | PTE_R | PTE_X | PTE_A | PTE_D,         true,  false, true },
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D,       false, false, false}, /* U page in VS, SUM = 0 */
    {PTE_RWX | PTE_A | PTE_D,                       false, false, false},
    {PTE_V | PTE_W | PTE_A | PTE_D,                 false, false, false},
    {PTE_V | PTE_W | PTE_X | PTE_A | PTE_D,         false, false, false},
    {PTE_V,                                         false, false, false},
    {PTE_V | PTE_RWX | PTE_D,                       false, false, false},
    {PTE_V | PTE_RWX | PTE_A,                       true,  false, true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D | BIT(54),     false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | PTE_PBMT(1), false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | PTE_G,       true,  true,  true },
};

TEST(vs_stage_permissions)
{
    delegate_faults();
    csr_write(hedeleg, MASK(15, 12));
    struct world w = make_world(SV39, SV39);

    put_code(&w);
    for (unsigned i = 0; i < sizeof vs_permissions / sizeof *vs_permissions; i++) {
        const struct permission *p = &vs_permissions[i];

        note(p->flags);
        pt_map(w.vs, w.gva, w.gpa, 0, p->flags);
        expect_load(&w, p->load, LEVEL_VS, LOAD_PAGE_FAULT);
        expect_store(&w, do_sd, p->store, LEVEL_VS, STORE_PAGE_FAULT);
        expect_store(&w, do_amo, p->load && p->store, LEVEL_VS, STORE_PAGE_FAULT);
        expect_fetch(&w, p->fetch, LEVEL_VS, FETCH_PAGE_FAULT);
    }
}

/* LR needs read, SC needs write; both report as what they are. */
TEST(lr_and_sc_faults)
{
    delegate_faults();
    struct world w = make_world(SV39, SV39);

    pt_map(w.g, w.gpa, (u64)w.page, 0, PTE_V | PTE_X | PTE_U | PTE_A | PTE_D);
    EXPECT_TRAP(run(VS_MODE, do_lr, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = w.gva,
                .gpa = w.gpa, .gva = true);
    pt_map(w.g, w.gpa, (u64)w.page, 0, LEAF_U & ~PTE_W);
    EXPECT_RETURN(run(VS_MODE, do_lr, w.gva));
    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S & ~PTE_R & ~PTE_W);
    EXPECT_TRAP(run(VS_MODE, do_lr, w.gva), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = w.gva,
                .gva = true);
}

/* A superpage leaf whose low PPN bits are not zero is misaligned: a fault of its stage. */
TEST(misaligned_superpages)
{
    delegate_faults();
    for (unsigned level = 1; level < 5; level++) {
        csr_write(vsatp, 0);
        csr_write(hgatp, 0);
        reset_tables();
        struct world w = make_world(SV57, SV57);
        u64 gva = pt_page_size(level) * 3, gpa = pt_page_size(level) * 5;

        note(level);
        pt_map(w.vs, gva, pt_page_size(level - 1), level, LEAF_S);
        EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = gva,
                    .gva = true);
        pt_map(w.vs, w.gva, gpa, 0, LEAF_S);
        pt_map(w.g, gpa, pt_page_size(level - 1), level, LEAF_U);
        EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = w.gva, .gpa = gpa, .gva = true);
    }
}

/* A pointer where the last level must hold a leaf; A, D or U set in a pointer is reserved. */
TEST(bad_pointers)
{
    delegate_faults();
    struct world w = make_world(SV39, SV39);

    pt_map(w.vs, w.gva, (u64)new_pages(1), 0, PTE_V);
    EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = w.gva,
                .gva = true);
    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S);
    pt_map(w.g, w.gpa, (u64)new_pages(1), 0, PTE_V);
    EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = w.gva,
                .gpa = w.gpa, .gva = true);
    pt_map(w.g, w.gpa, (u64)w.page, 0, LEAF_U);
    for (unsigned bit = 4; bit < 8; bit++) {
        if (BIT(bit) == PTE_G) continue;
        note(bit);
        *pt_entry(w.g, w.gpa, 1) |= BIT(bit);
        tables_changed();
        EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = w.gva, .gpa = w.gpa, .gva = true);
        *pt_entry(w.g, w.gpa, 1) &= ~BIT(bit);
        *pt_entry(w.vs, w.gva, 1) |= BIT(bit);
        tables_changed();
        EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = w.gva,
                    .gva = true);
        *pt_entry(w.vs, w.gva, 1) &= ~BIT(bit);
    }
}

/* ---- SUM and MXR ---- */

/* In VS, vsstatus.SUM opens user pages to loads and stores, never to fetches; the HS-level
 * sstatus.SUM has no say. */
TEST(sum)
{
    delegate_faults();
    struct world w = make_world(SV39, SV39);

    put_code(&w);
    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_U);
    csr_set(sstatus, STATUS_SUM);
    expect_load(&w, false, LEVEL_HS, LOAD_PAGE_FAULT);
    csr_clear(sstatus, STATUS_SUM);
    csr_set(vsstatus, STATUS_SUM);
    expect_load(&w, true, LEVEL_HS, 0);
    expect_store(&w, do_sd, true, LEVEL_HS, 0);
    expect_fetch(&w, false, LEVEL_HS, FETCH_PAGE_FAULT);
    csr_clear(vsstatus, STATUS_SUM);
    expect_load(&w, false, LEVEL_HS, LOAD_PAGE_FAULT);
}

/* vsstatus.MXR: execute-only pages of VS-stage alone. sstatus.MXR: of both stages. */
TEST(mxr)
{
    u64 x_only = LEAF_S & ~PTE_RW;

    delegate_faults();
    struct world w = make_world(SV39, SV39);
    pt_map(w.vs, w.gva, w.gpa, 0, x_only);
    csr_set(vsstatus, STATUS_MXR);
    expect_load(&w, true, LEVEL_HS, 0);
    csr_clear(vsstatus, STATUS_MXR);
    expect_load(&w, false, LEVEL_HS, LOAD_PAGE_FAULT);
    csr_set(sstatus, STATUS_MXR);
    expect_load(&w, true, LEVEL_HS, 0);

    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S);
    pt_map(w.g, w.gpa, (u64)w.page, 0, x_only | PTE_U);
    expect_load(&w, true, LEVEL_HS, 0);
    csr_clear(sstatus, STATUS_MXR);
    expect_load(&w, false, LEVEL_HS, LOAD_GUEST_PAGE_FAULT);
    csr_set(vsstatus, STATUS_MXR);
    expect_load(&w, false, LEVEL_HS, LOAD_GUEST_PAGE_FAULT);
    expect_store(&w, do_sd, false, LEVEL_HS, STORE_GUEST_PAGE_FAULT);
}

/* VS-level page tables are data to the G-stage: they need read permission there, and MXR of
 * either level (it is about explicit loads) does not turn execute into read. */
TEST(mxr_is_not_for_page_tables)
{
    delegate_faults();
    struct world w = make_world(SV39, SV39);
    u64 *vs_table = (u64 *)((*pt_entry(w.vs, w.gva, 1) & MASK(53, 10)) << 2);
    u64 pte = (u64)vs_table + (w.gva >> 12 & 0x1ff) * 8;

    pt_map(w.g, (u64)vs_table, (u64)vs_table, 0, LEAF_U & ~PTE_RW);
    csr_set(sstatus, STATUS_MXR);
    csr_set(vsstatus, STATUS_MXR);
    EXPECT_TRAP(run(VS_MODE, do_ld, w.gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = w.gva,
                .gpa = pte, .pseudo = 0x3000, .gva = true);
    pt_map(w.g, (u64)vs_table, (u64)vs_table, 0, PTE_V | PTE_R | PTE_U | PTE_A | PTE_D);
    EXPECT_RETURN(run(VS_MODE, do_ld, w.gva));
}

/* A VS-stage success followed by nothing at the G-stage is the G-stage's fault, even when the
 * VS-stage PTE is for another access type: priority follows the walk. */
TEST(vs_stage_fault_comes_first)
{
    delegate_faults();
    csr_write(hedeleg, MASK(15, 12));
    struct world w = make_world(SV39, SV39);

    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S & ~PTE_W);
    *pt_entry(w.g, w.gpa, 0) = 0;
    tables_changed();
    expect_store(&w, do_sd, false, LEVEL_VS, STORE_PAGE_FAULT);
    expect_load(&w, false, LEVEL_HS, LOAD_GUEST_PAGE_FAULT);
}
