/* Single-stage translation: Sv39, Sv48, Sv57 with each leaf level and each reason for a fault, SUM
 * and MXR, A and D with Svade and Svadu, Svnapot, Svpbmt, Svinval, ASIDs
 * (priv. spec, "Virtual Address Translation Process"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");
SNIPPET(do_lr, "lr.d a0, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(code_in_page, "li a0, 0x5a");

static const enum scheme schemes[] = {SV39, SV48, SV57};

#define VA 0x2040603000ull

static struct table *t;
static u64 *page;

static void one_page(enum scheme scheme)
{
    t = use_satp(scheme);
    page = (u64 *)new_pages(1);
    pt_map(t, VA, (u64)page, 0, LEAF_S);
    for (unsigned i = 0; i < 4; i++) ((u32 *)page)[i] = code_in_page[i];
    page[8] = 0x1122334455667788;
    __asm__ volatile("fence.i" ::: "memory");
}

static void expect_load(u64 va, bool allowed)
{
    struct trap r = run(S_MODE, do_ld, va);

    if (allowed)
        EXPECT_RETURN(r);
    else
        EXPECT_TRAP(r, LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = va);
}

static void expect_store(const u32 *code, u64 va, bool allowed)
{
    struct trap r = run(S_MODE, code, va, 0);

    if (allowed)
        EXPECT_RETURN(r);
    else
        EXPECT_TRAP(r, LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = va);
}

static void expect_fetch(u64 va, bool allowed)
{
    struct trap r = run(S_MODE, do_jump, va);

    if (allowed)
        EXPECT_VALUE(r, 0x5a);
    else
        EXPECT_TRAP(r, LEVEL_M, .cause = FETCH_PAGE_FAULT, .epc = va, .tval = va);
}

TEST(leaf_levels)
{
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned level = 0; level < pt_levels(schemes[i]); level++) {
            reset_machine();
            note(i << 4 | level);
            one_page(schemes[i]);
            u64 size = pt_page_size(level), va = 3 * size, pa = (u64)page;
            if (va >> (11 + 9 * pt_levels(schemes[i]))) va = size;
            pt_map(t, va, pa & ~(size - 1), level, LEAF_S);
            va += pa & (size - 1);
            EXPECT_VALUE(run(S_MODE, do_ld, va + 64), 0x1122334455667788);
            expect_store(do_sd, va + 72, true);
            expect_fetch(va, true);
        }
    }
}

/* Bits above the scheme's must equal the highest bit of the address. */
TEST(canonical_addresses)
{
    for (unsigned i = 0; i < 3; i++) {
        unsigned width = 12 + 9 * pt_levels(schemes[i]);
        u64 negative = ~0ull << (width - 1) | 0x3000;

        reset_machine();
        note(width);
        one_page(schemes[i]);
        pt_map(t, negative, (u64)page, 0, LEAF_S);
        EXPECT_VALUE(run(S_MODE, do_ld, negative + 64), 0x1122334455667788);
        for (unsigned bit = width; bit < 64; bit++) {
            expect_load((negative ^ BIT(bit)) + 64, false);
            expect_load((VA ^ BIT(bit)) + 64, false);
        }
        expect_store(do_sd, VA ^ BIT(width), false);
        expect_fetch(VA ^ BIT(63), false);
        expect_fetch(negative, true);
    }
}

/* Unsupported MODE: the write is ignored. ASIDLEN bits of ASID, least significant first. */
TEST(satp_fields)
{
    csr_write(satp, ATP(SV39, 0, 0x80400000));
    csr_write(satp, ATP(7, 0, 0x80500000));
    CHECK_EQ(csr_read(satp), ATP(SV39, 0, 0x80400000));
    csr_write(satp, ATP(SV39, 0xffff, 0));
    u64 asid = csr_read(satp) >> 44 & 0xffff;
    CHECK_EQ(asid & (asid + 1), 0);
}

struct permission {
    u64 flags;
    bool load, store, fetch; /* allowed in S-mode, SUM = MXR = 0 */
};

static const struct permission permissions[] = {
    {PTE_V | PTE_R | PTE_A | PTE_D,                     true,  false, false},
    {PTE_V | PTE_RW | PTE_A | PTE_D,                    true,  true,  false},
    {PTE_V | PTE_X | PTE_A | PTE_D,                     false, false, true },
    {PTE_V | PTE_R | PTE_X | PTE_A | PTE_D,             true,  false, true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D,                   true,  true,  true },
    {PTE_V | PTE_W | PTE_A | PTE_D,                     false, false, false},
    {PTE_V | PTE_W | PTE_X | PTE_A | PTE_D,             false, false, false},
    {PTE_RWX | PTE_A | PTE_D,                           false, false, false},
    {PTE_V | PTE_RWX | PTE_U | PTE_A | PTE_D,           false, false, false},
    {PTE_V | PTE_RWX | PTE_D,                           false, false, false},
    {PTE_V | PTE_RWX | PTE_A,                           true,  false, true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D | PTE_G,           true,  true,  true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D | BIT(8) | BIT(9), true,  true,  true },
    {PTE_V | PTE_RWX | PTE_A | PTE_D | BIT(54),         false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | BIT(58),         false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | BIT(60),         false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | PTE_PBMT(1),     false, false, false},
    {PTE_V | PTE_RWX | PTE_A | PTE_D | PTE_PBMT(2),     false, false, false},
    {PTE_V,                                             false, false, false},
};

TEST(permission_bits)
{
    for (unsigned i = 0; i < sizeof permissions / sizeof *permissions; i++) {
        const struct permission *p = &permissions[i];

        reset_machine();
        one_page(SV39);
        note(p->flags);
        pt_map(t, VA, (u64)page, 0, p->flags);
        expect_load(VA + 64, p->load);
        expect_store(do_sd, VA + 72, p->store);
        expect_store(do_amo, VA + 72, p->load && p->store);
        expect_fetch(VA, p->fetch);
    }
}

TEST(lr_and_sc)
{
    one_page(SV39);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_RW);
    EXPECT_TRAP(run(S_MODE, do_lr, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_W);
    EXPECT_RETURN(run(S_MODE, do_lr, VA));
}

/* U pages from U; S pages from U. */
TEST(user_mode)
{
    one_page(SV48);
    EXPECT_TRAP(run(U_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(U_MODE, do_jump, VA), LEVEL_M, .cause = FETCH_PAGE_FAULT, .epc = VA,
                .tval = VA);
    pt_map(t, VA, (u64)page, 0, LEAF_U);
    EXPECT_VALUE(run(U_MODE, do_ld, VA + 64), 0x1122334455667788);
    EXPECT_RETURN(run(U_MODE, do_sd, VA + 72));
    EXPECT_VALUE(run(U_MODE, do_jump, VA), 0x5a);
}

TEST(sum)
{
    one_page(SV39);
    pt_map(t, VA, (u64)page, 0, LEAF_U);
    for (unsigned i = 0; i < 2; i++) {
        csr_clear(sstatus, STATUS_SUM);
        expect_load(VA + 64, false);
        csr_set(sstatus, STATUS_SUM);
        expect_load(VA + 64, true);
        expect_store(do_sd, VA + 72, true);
        expect_fetch(VA, false);
    }
}

TEST(mxr)
{
    one_page(SV39);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_RW);
    for (unsigned i = 0; i < 2; i++) {
        csr_clear(sstatus, STATUS_MXR);
        expect_load(VA + 64, false);
        csr_set(sstatus, STATUS_MXR);
        expect_load(VA + 64, true);
        expect_store(do_sd, VA + 72, false);
    }
    pt_map(t, VA, (u64)page, 0, PTE_V | PTE_R | PTE_A | PTE_D);
    expect_fetch(VA, false);
}

/* A change of SUM or MXR counts from the next instruction on, without a change of mode. */
static void check_change(enum mode mode, u64 flags, u64 bit)
{
    SNIPPET(set_and_load, "csrs sstatus, a1\nld a0, (a0)");
    SNIPPET(load_clear_load, "ld t0, (a0)\ncsrc sstatus, a1\n.globl second_load\n"
                             "second_load: ld a0, (a0)");
    extern const u32 second_load[];

    pt_map(t, VA, (u64)page, 0, flags);
    EXPECT_RETURN(run(mode, set_and_load, VA, bit));
    EXPECT_TRAP(run(mode, load_clear_load, VA, bit), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA,
                .epc = (u64)second_load, .gva = mode == VS_MODE);
}

TEST(sum_and_mxr_at_once)
{
    one_page(SV39);
    check_change(S_MODE, LEAF_U, STATUS_SUM);
    check_change(S_MODE, LEAF_S & ~PTE_RW, STATUS_MXR);
    t = use_vsatp(SV39); /* and in a guest, whose sstatus is vsstatus */
    check_change(VS_MODE, LEAF_U, STATUS_SUM);
    check_change(VS_MODE, LEAF_S & ~PTE_RW, STATUS_MXR);
}

TEST(misaligned_superpages)
{
    for (unsigned level = 1; level < 5; level++) {
        reset_machine();
        one_page(SV57);
        note(level);
        u64 va = pt_page_size(level) * 3;
        for (unsigned below = 0; below < level; below++) {
            pt_map(t, va, pt_page_size(below), level, LEAF_S);
            expect_load(va, false);
            expect_store(do_sd, va, false);
            expect_fetch(va, false);
        }
    }
}

TEST(bad_pointers)
{
    static const u64 reserved[] = {PTE_U, PTE_A, PTE_D, BIT(54), BIT(60), PTE_PBMT(1), PTE_NAPOT};

    one_page(SV48);
    for (unsigned level = 1; level < 4; level++) {
        for (unsigned i = 0; i < sizeof reserved / sizeof *reserved; i++) {
            note(level << 8 | i);
            *pt_entry(t, VA | BIT(45), 0) = (u64)page >> 2 | LEAF_S;
            u64 *pointer = pt_entry(t, VA | BIT(45), level), before = *pointer;
            tables_changed();
            expect_load((VA | BIT(45)) + 64, true);
            *pointer |= reserved[i];
            tables_changed();
            expect_load((VA | BIT(45)) + 64, false);
            *pointer = before;
        }
    }
}

/* V = 0 at each level; a pointer at the last level. */
TEST(missing_entries)
{
    one_page(SV57);
    for (unsigned level = 0; level < 4; level++) {
        u64 va = VA | BIT(55), before;

        note(level);
        pt_map(t, va, (u64)page, 0, LEAF_S);
        before = *pt_entry(t, va, level);
        *pt_entry(t, va, level) &= ~PTE_V;
        tables_changed();
        expect_load(va, false);
        *pt_entry(t, va, level) = before;
        tables_changed();
        expect_load(va, true);
    }
    pt_map(t, VA, (u64)page, 0, PTE_V);
    expect_load(VA, false);
}

/* A table where no memory is: an access fault of the access's type. */
TEST(table_at_no_memory)
{
    one_page(SV39);
    *pt_entry(t, VA, 1) = 0x1000000000 >> 2 | PTE_V;
    tables_changed();
    EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_ACCESS, .tval = VA);
    EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
    EXPECT_TRAP(run(S_MODE, do_jump, VA), LEVEL_M, .cause = FETCH_ACCESS, .epc = VA, .tval = VA);
}

/* M-mode does not translate, whatever satp says. */
TEST(machine_mode)
{
    one_page(SV39);
    EXPECT_VALUE(run(M_MODE, do_ld, (u64)page + 64), 0x1122334455667788);
    EXPECT_TRAP(run(M_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_ACCESS, .tval = VA);
}

/* ---- accesses over a page boundary ---- */

TEST(straddling)
{
    one_page(SV39);
    u8 *other = new_pages(1);
    pt_map(t, VA + PAGE, (u64)other, 0, LEAF_S);
    *(u32 *)((u8 *)page + PAGE - 4) = 0x44332211;
    *(u32 *)other = 0x88776655;
    EXPECT_VALUE(run(S_MODE, do_ld, VA + PAGE - 4), 0x8877665544332211);
    pt_map(t, VA + PAGE, (u64)other, 0, LEAF_S & ~PTE_W);
    EXPECT_TRAP(run(S_MODE, do_sd, VA + PAGE - 4), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = VA + PAGE, .offset = 4);
    pt_map(t, VA + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(S_MODE, do_ld, VA + PAGE - 1), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = VA + PAGE, .offset = 1);
    *(u16 *)((u8 *)page + PAGE - 2) = 0x0013;
    __asm__ volatile("fence.i" ::: "memory");
    EXPECT_TRAP(run(S_MODE, do_jump, VA + PAGE - 2), LEVEL_M, .cause = FETCH_PAGE_FAULT,
                .epc = VA + PAGE - 2, .tval = VA + PAGE);
}

/* ---- A and D ---- */

static u64 a_and_d(void)
{
    return *pt_entry(t, VA, 0) & (PTE_A | PTE_D);
}

TEST(svade)
{
    one_page(SV39);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D);
    expect_load(VA, false);
    expect_store(do_sd, VA, false);
    expect_fetch(VA, false);
    CHECK_EQ(a_and_d(), 0);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_D);
    expect_load(VA, true);
    expect_fetch(VA, true);
    expect_store(do_sd, VA, false);
    CHECK_EQ(a_and_d(), PTE_A);
}

TEST(svadu)
{
    csr_write(menvcfg, ENVCFG_ADUE);
    one_page(SV39);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D);
    expect_fetch(VA, true);
    CHECK_EQ(a_and_d(), PTE_A);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D);
    expect_load(VA, true);
    CHECK_EQ(a_and_d(), PTE_A);
    expect_store(do_sd, VA + 64, true); /* after a load has cached the entry */
    CHECK_EQ(a_and_d(), PTE_A | PTE_D);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D & ~PTE_W);
    expect_store(do_sd, VA, false);
    CHECK_EQ(a_and_d() & PTE_D, 0);
}

TEST(svadu_in_superpages)
{
    csr_write(menvcfg, ENVCFG_ADUE);
    one_page(SV48);
    u64 va = 5 * GIB, offset = (u64)page & (GIB - 1);
    pt_map(t, va, 0x80000000, 2, LEAF_S & ~PTE_A & ~PTE_D);
    expect_store(do_sd, va + offset, true);
    CHECK_EQ(*pt_entry(t, va, 2) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* ---- Svnapot ---- */

TEST(napot)
{
    one_page(SV39);
    u64 base = ((u64)new_pages(32) + 0xffff) & ~0xffffull;
    for (u64 i = 0; i < 16; i++) {
        *(u64 *)(base + i * PAGE) = 0x700 + i;
        pt_map(t, GIB + i * PAGE, base | 0x8000, 0, LEAF_S | PTE_NAPOT);
    }
    for (u64 i = 0; i < 16; i++) EXPECT_VALUE(run(S_MODE, do_ld, GIB + i * PAGE), 0x700 + i);
}

/* 64 KiB of memory under each scheme, at an address that differs from it in every bit above 16. */
static u64 napot_region(enum scheme scheme, u64 va, u64 flags)
{
    one_page(scheme);
    u64 base = ((u64)new_pages(32) + 0xffff) & ~0xffffull;
    for (u64 i = 0; i < 16; i++) pt_map(t, va + i * PAGE, base | 0x8000, 0, flags | PTE_NAPOT);
    return base;
}

/* The low bits of the page number come from the virtual address, for each kind of access. */
TEST(napot_accesses)
{
    u64 va = 0x2aaa550000;

    for (unsigned s = 0; s < 3; s++) {
        reset_machine();
        note(schemes[s]);
        u64 base = napot_region(schemes[s], va, LEAF_S);
        for (u64 i = 0; i < 16; i++) {
            u64 offset = i * PAGE + 8 * i + 0x800;
            EXPECT_RETURN(run(S_MODE, do_sd, va + offset, 0xb00 + i));
            CHECK_EQ(*(u64 *)(base + offset), 0xb00 + i);
            for (unsigned w = 0; w < 4; w++) ((u32 *)(base + i * PAGE))[w] = code_in_page[w];
        }
        __asm__ volatile("fence.i" ::: "memory");
        for (u64 i = 0; i < 16; i++) expect_fetch(va + i * PAGE, true);
        expect_load(va + 16 * PAGE, false);
        expect_load(va - 8, false);
    }
}

/* A and D are set in one of the region's entries at least: which is the machine's affair, as it may
 * have the translation from another. */
TEST(napot_with_svadu)
{
    u64 va = 5 * GIB, bits = 0;

    csr_write(menvcfg, ENVCFG_ADUE);
    napot_region(SV39, va, LEAF_S & ~PTE_A & ~PTE_D);
    expect_load(va + 3 * PAGE, true);
    for (u64 i = 0; i < 16; i++) bits |= *pt_entry(t, va + i * PAGE, 0);
    CHECK_EQ(bits & (PTE_A | PTE_D), PTE_A);
    expect_store(do_sd, va + 3 * PAGE, true);
    for (u64 i = 0; i < 16; i++) bits |= *pt_entry(t, va + i * PAGE, 0);
    CHECK_EQ(bits & (PTE_A | PTE_D), PTE_A | PTE_D);
    CHECK_EQ(*pt_entry(t, va + 3 * PAGE, 0) >> 10 & 15, 8); /* the rest of the entry stays */
}

/* A region is replaced as the manual tells software to: all its entries are made invalid, each page
 * is fenced, new entries are written. No part of the old region may remain. */
TEST(napot_replaced)
{
    SNIPPET(fence_page, "sfence.vma a0, zero");
    u64 va = 5 * GIB, base = napot_region(SV39, va, LEAF_S);

    for (u64 i = 0; i < 16; i++) expect_load(va + i * PAGE, true);
    for (u64 i = 0; i < 16; i++) *pt_entry(t, va + i * PAGE, 0) = 0;
    for (u64 i = 0; i < 16; i++) EXPECT_RETURN(run(S_MODE, fence_page, va + i * PAGE));
    for (u64 i = 0; i < 16; i++) expect_load(va + i * PAGE, false);
    for (u64 i = 0; i < 16; i++) {
        *(u64 *)(base + i * PAGE) = 0xc00 + i;
        *pt_entry(t, va + i * PAGE, 0) = (base + (15 - i) * PAGE) >> 2 | LEAF_S;
        EXPECT_RETURN(run(S_MODE, fence_page, va + i * PAGE));
    }
    for (u64 i = 0; i < 16; i++) EXPECT_VALUE(run(S_MODE, do_ld, va + i * PAGE), 0xc0f - i);
}

/* Only 64 KiB (PPN[3:0] = 1000) is defined, and only at the last level. */
TEST(napot_reserved)
{
    one_page(SV39);
    for (u64 low = 0; low < 16; low++) {
        if (low == 8) continue;
        note(low);
        pt_map(t, VA, ((u64)page & ~0xffffull) | low << 12, 0, LEAF_S | PTE_NAPOT);
        expect_load(VA, false);
    }
    for (unsigned level = 1; level < 3; level++) {
        pt_map(t, 5 * GIB, 0x80000000 | 0x8000, level, LEAF_S | PTE_NAPOT);
        expect_load(5 * GIB, false);
    }
}

/* ---- Svpbmt ---- */

TEST(pbmt)
{
    csr_write(menvcfg, ENVCFG_PBMTE);
    one_page(SV39);
    for (u64 type = 0; type < 4; type++) {
        note(type);
        pt_map(t, VA, (u64)page, 0, LEAF_S | PTE_PBMT(type));
        expect_load(VA, type < 3);
        expect_store(do_sd, VA + 64, type < 3);
        expect_fetch(VA, type < 3);
    }
    pt_map(t, VA, (u64)page, 0, LEAF_S);
    *pt_entry(t, VA, 1) |= PTE_PBMT(1); /* reserved in a pointer */
    tables_changed();
    expect_load(VA, false);
}

/* One page under several types at once. NC and IO stay coherent with each other, and with the
 * page's own cacheable type after FENCE, CBO.FLUSH, FENCE. */
TEST(pbmt_aliases)
{
    SNIPPET(store_flush, "sd a1, (a0)\nfence iorw, iorw\ncbo.flush (a0)\nfence iorw, iorw");
    SNIPPET(store_fence, "sd a1, (a0)\nfence iorw, iorw");
    csr_write(menvcfg, ENVCFG_PBMTE | ENVCFG_CBCFE);
    one_page(SV39);
    for (u64 type = 0; type < 3; type++)
        pt_map(t, VA + type * PAGE, (u64)page, 0, LEAF_S | PTE_PBMT(type));
    for (u64 i = 0; i < 9; i++) {
        u64 from = i % 3, to = i / 3;

        note(i);
        EXPECT_RETURN(run(S_MODE, from && to ? store_fence : store_flush, VA + from * PAGE, i));
        EXPECT_VALUE(run(S_MODE, do_ld, VA + to * PAGE), i);
    }
}

/* A device's registers are the same under every type. */
TEST(pbmt_of_a_device)
{
    csr_write(menvcfg, ENVCFG_PBMTE);
    one_page(SV39);
    for (u64 type = 0; type < 3; type++) {
        note(type);
        pt_map(t, VA, 0x2004000, 0, LEAF_S | PTE_PBMT(type));
        EXPECT_RETURN(run(S_MODE, do_sd, VA, ~0ull - type));
        EXPECT_VALUE(run(S_MODE, do_ld, VA), ~0ull - type);
        CHECK_EQ(CLINT_MTIMECMP, ~0ull - type);
    }
}

/* ---- fences and ASIDs ---- */

SNIPPET(sfence_va, "sfence.vma a0, zero");
SNIPPET(sfence_va_asid, "sfence.vma a0, a1");
SNIPPET(sfence_asid, "sfence.vma zero, a1");
SNIPPET(sfence_all, "sfence.vma");
SNIPPET(sinval, "sfence.w.inval\nsinval.vma a0, a1\nsfence.inval.ir");

TEST(fences)
{
    static const u32 *const codes[] = {sfence_va, sfence_va_asid, sfence_asid, sfence_all, sinval};

    for (unsigned i = 0; i < 5; i++) {
        for (enum mode mode = S_MODE; mode <= M_MODE; mode += 2) {
            reset_machine();
            note(i << 4 | mode);
            one_page(SV39);
            csr_write(satp, ATP(SV39, 4, t->root));
            u64 *other = (u64 *)new_pages(1);
            other[8] = 0x99;
            fence_all();
            EXPECT_VALUE(run(S_MODE, do_ld, VA + 64), 0x1122334455667788);
            *pt_entry(t, VA, 0) = (u64)other >> 2 | LEAF_S;
            EXPECT_RETURN(run(mode, codes[i], VA, 4));
            EXPECT_VALUE(run(S_MODE, do_ld, VA + 64), 0x99);
        }
    }
}

TEST(asids)
{
    one_page(SV39);
    struct table *first = t;
    u64 first_root = (u64)first->root;
    u64 *other = (u64 *)new_pages(1);
    other[8] = 0x98;
    t = use_satp(SV48);
    pt_map(t, VA, (u64)other, 0, LEAF_S);
    fence_all();
    for (unsigned i = 0; i < 3; i++) {
        csr_write(satp, ATP(SV39, 1, first_root));
        EXPECT_VALUE(run(S_MODE, do_ld, VA + 64), 0x1122334455667788);
        csr_write(satp, ATP(SV48, 2, t->root));
        EXPECT_VALUE(run(S_MODE, do_ld, VA + 64), 0x98);
    }
}

/* 512 pages over 16, twice: no entry of a translation cache may stand for another. */
TEST(many_pages)
{
    SNIPPET(sum_of_pages, "li t0, 1\nslli t0, t0, 12\nli t1, 512\nli t2, 0\n"
                          "1: ld t3, 0(a0)\nadd t2, t2, t3\nadd a0, a0, t0\naddi t1, t1, -1\n"
                          "bnez t1, 1b\nmv a0, t2");
    one_page(SV39);
    u64 *words = (u64 *)new_pages(16), want = 0;
    for (u64 i = 0; i < 512; i++) {
        pt_map(t, 5 * GIB + i * PAGE, (u64)words + (i * 5 % 16) * PAGE, 0, LEAF_S);
        want += i * 5 % 16 + 1;
    }
    for (u64 i = 0; i < 16; i++) words[i * PAGE / 8] = i + 1;
    EXPECT_VALUE(run(S_MODE, sum_of_pages, 5 * GIB), want);
    EXPECT_VALUE(run(S_MODE, sum_of_pages, 5 * GIB), want);
}
