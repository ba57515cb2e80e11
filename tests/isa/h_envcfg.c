/* What menvcfg and henvcfg grant to the guest: hardware updates of A and D (Svadu), memory types
 * (Svpbmt), contiguous pages (Svnapot) in both stages, cache-block instructions. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_hlv, "hlv.d a0, (a0)");

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

static struct table *vs, *g;
static u8 *page;

static void one_page(void)
{
    page = new_pages(1);
    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    pt_map(g, GPA, (u64)page, 0, LEAF_U);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    *(u64 *)page = 0x77;
}

static u64 a_and_d(struct table *t, u64 address)
{
    return *pt_entry(t, address, 0) & (PTE_A | PTE_D);
}

/* henvcfg's bits are read-only 0 while menvcfg's are 0. */
TEST(henvcfg_under_menvcfg)
{
    u64 bits = ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE;

    csr_write(henvcfg, bits);
    CHECK_EQ(csr_read(henvcfg) & bits, 0);
    CHECK_EQ(csr_write_read(menvcfg, bits) & bits, bits);
    csr_write(henvcfg, bits);
    CHECK_EQ(csr_read(henvcfg) & bits, bits);
    csr_write(menvcfg, ENVCFG_PBMTE);
    CHECK_EQ(csr_read(henvcfg) & bits, ENVCFG_PBMTE);
}

/* ---- Svadu ---- */

/* menvcfg.ADUE governs the G-stage. */
TEST(g_stage_updates)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_A & ~PTE_D);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
    CHECK_EQ(a_and_d(g, GPA), PTE_A);
    EXPECT_RETURN(run(VS_MODE, do_sd, GVA, 0x78));
    CHECK_EQ(a_and_d(g, GPA), PTE_A | PTE_D);
    CHECK_EQ(*(u64 *)page, 0x78);
}

/* Without henvcfg.ADUE VS-stage still faults. */
TEST(g_stage_updates_alone)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_A);
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_D);
    EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
    CHECK_EQ(a_and_d(vs, GVA), PTE_A);
}

TEST(vs_stage_updates)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_A & ~PTE_D);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
    CHECK_EQ(a_and_d(vs, GVA), PTE_A);
    EXPECT_RETURN(run(VS_MODE, do_sd, GVA, 0x79));
    CHECK_EQ(a_and_d(vs, GVA), PTE_A | PTE_D);
}

/* An update is a store to the guest physical page of the VS-level table: it dirties that page at
 * the G-stage. */
TEST(vs_stage_update_dirties_the_table)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    u64 table = (*pt_entry(vs, GVA, 1) & MASK(53, 10)) << 2;
    pt_map(g, table, table, 0, LEAF_U & ~PTE_A & ~PTE_D);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
    CHECK_EQ(a_and_d(g, table) & PTE_A, PTE_A);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_A);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
    CHECK_EQ(a_and_d(g, table), PTE_A | PTE_D);
}

/* And needs write permission there. The write pseudoinstruction says that it was the update. */
TEST(vs_stage_update_refused)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    u64 table = (*pt_entry(vs, GVA, 1) & MASK(53, 10)) << 2;
    u64 entry = table + 8 * (GVA >> 12 & 0x1ff);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_A & ~PTE_D);
    pt_map(g, table, table, 0, LEAF_U & ~PTE_W);
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = entry, .pseudo = 0x3020, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = entry, .pseudo = 0x3020, .gva = true);
    CHECK_EQ(a_and_d(vs, GVA), 0);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    EXPECT_RETURN(run(VS_MODE, do_sd, GVA));
}

/* A VS-stage update is made before the G-stage refuses the access itself, or not at all; D is not
 * set by a store that VS-stage refuses. */
TEST(no_dirty_bit_without_permission)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    pt_map(vs, GVA, GPA, 0, (LEAF_S & ~PTE_W) & ~PTE_A & ~PTE_D);
    EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
    CHECK_EQ(a_and_d(vs, GVA), 0);
    CHECK_EQ(a_and_d(g, GPA), PTE_A | PTE_D);
}

/* The update is a store to the table, which PMP may refuse: an access fault of the access's own
 * type, and nothing is set. A table that only has to be read may be read-only. */
TEST(update_refused_by_pmp)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    for (unsigned stage = 0; stage < 2; stage++) {
        struct table *t = stage ? g : vs;
        u64 at = stage ? GPA : GVA, to = stage ? (u64)page : GPA, leaf = stage ? LEAF_U : LEAF_S;
        u64 table = (u64)pt_entry(t, at, 0) & ~(u64)(PAGE - 1);

        note(stage);
        csr_write(pmpaddr0, table >> 2 | (PAGE / 8 - 1));
        csr_write(pmpcfg0, 0x19); /* NAPOT, R */
        pt_map(t, at, to, 0, leaf & ~PTE_D);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
        EXPECT_TRAP(run(VS_MODE, do_sd, GVA), LEVEL_M, .cause = STORE_ACCESS, .tval = GVA,
                    .gva = true);
        pt_map(t, at, to, 0, leaf & ~PTE_A & ~PTE_D);
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_ACCESS, .tval = GVA,
                    .gva = true);
        CHECK_EQ(a_and_d(t, at), 0);
        csr_write(pmpcfg0, 0);
        pt_map(t, at, to, 0, leaf);
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x77);
    }
}

TEST(updates_by_hlv)
{
    one_page();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    csr_set(hstatus, HSTATUS_SPVP);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_A & ~PTE_D);
    pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_A & ~PTE_D);
    EXPECT_VALUE(run(S_MODE, do_hlv, GVA), 0x77);
    CHECK_EQ(a_and_d(vs, GVA), PTE_A);
    CHECK_EQ(a_and_d(g, GPA), PTE_A);
}

/* ---- Svpbmt ---- */

TEST(pbmt_of_g_stage)
{
    one_page();
    for (u64 type = 1; type < 4; type++) {
        note(type);
        csr_write(menvcfg, 0);
        pt_map(g, GPA, (u64)page, 0, LEAF_U | PTE_PBMT(type));
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                    .gpa = GPA, .gva = true);
        csr_write(menvcfg, ENVCFG_PBMTE);
        fence_all();
        struct trap t = run(VS_MODE, do_ld, GVA);
        if (type < 3)
            EXPECT_VALUE(t, 0x77);
        else
            EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA, .gpa = GPA,
                        .gva = true);
    }
}

TEST(pbmt_of_vs_stage)
{
    one_page();
    csr_write(menvcfg, ENVCFG_PBMTE);
    for (u64 type = 1; type < 4; type++) {
        note(type);
        csr_write(henvcfg, 0);
        pt_map(vs, GVA, GPA, 0, LEAF_S | PTE_PBMT(type));
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                    .gva = true);
        csr_write(henvcfg, ENVCFG_PBMTE);
        fence_all();
        struct trap t = run(VS_MODE, do_ld, GVA);
        if (type < 3)
            EXPECT_VALUE(t, 0x77);
        else
            EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA, .gva = true);
    }
}

/* In a pointer PBMT is reserved. */
TEST(pbmt_in_a_pointer)
{
    one_page();
    csr_write(menvcfg, ENVCFG_PBMTE);
    csr_write(henvcfg, ENVCFG_PBMTE);
    *pt_entry(g, GPA, 1) |= PTE_PBMT(1);
    tables_changed();
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
}

/* The same in VS-stage; without PBMTE it is reserved there as well. */
TEST(pbmt_in_a_vs_level_pointer)
{
    one_page();
    for (unsigned granted = 0; granted < 2; granted++) {
        csr_write(menvcfg, granted ? ENVCFG_PBMTE : 0);
        csr_write(henvcfg, granted ? ENVCFG_PBMTE : 0);
        for (u64 type = 0; type < 4; type++) {
            note(granted << 4 | type);
            for (unsigned level = 1; level < 3; level++) {
                u64 *pointer = pt_entry(vs, GVA, level), before = *pointer;

                *pointer |= PTE_PBMT(type);
                tables_changed();
                struct trap t = run(VS_MODE, do_ld, GVA);
                if (type)
                    EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = GVA, .gva = true);
                else
                    EXPECT_VALUE(t, 0x77);
                *pointer = before;
            }
        }
    }
}

/* Each type of one stage goes with each of the other; what one stores the next one loads. */
TEST(pbmt_of_both_stages)
{
    one_page();
    csr_write(menvcfg, ENVCFG_PBMTE);
    csr_write(henvcfg, ENVCFG_PBMTE);
    for (u64 pair = 0; pair < 9; pair++) {
        note(pair);
        pt_map(g, GPA, (u64)page, 0, LEAF_U | PTE_PBMT(pair % 3));
        pt_map(vs, GVA, GPA, 0, LEAF_S | PTE_PBMT(pair / 3));
        EXPECT_RETURN(run(VS_MODE, do_sd, GVA, pair + 0x900));
        EXPECT_VALUE(run(VS_MODE, do_ld, GVA), pair + 0x900);
        CHECK_EQ(*(u64 *)page, pair + 0x900);
    }
    csr_write(vsatp, 0); /* G-stage alone */
    EXPECT_VALUE(run(VS_MODE, do_ld, GPA), 0x908);
}

/* ---- Svnapot ---- */

/* Sixteen pages by entries with N = 1 and PPN[3:0] = 1000, in one stage and in the other. */
static void napot_in(bool g_stage)
{
    u64 *pages = (u64 *)new_pages(32);
    u64 base = ((u64)pages + 0xffff) & ~0xffffull;

    one_page();
    for (u64 i = 0; i < 16; i++) {
        *(u64 *)(base + i * PAGE) = 0x500 + i;
        u64 entry = base | 0x8000;
        if (g_stage)
            pt_map(g, GIB + i * PAGE, entry, 0, LEAF_U | PTE_NAPOT);
        else
            pt_map(g, GIB + i * PAGE, base + i * PAGE, 0, LEAF_U);
        pt_map(vs, 5 * GIB + i * PAGE, g_stage ? GIB + i * PAGE : GIB | 0x8000, 0,
               g_stage ? LEAF_S : LEAF_S | PTE_NAPOT);
    }
    for (u64 i = 0; i < 16; i++) EXPECT_VALUE(run(VS_MODE, do_ld, 5 * GIB + i * PAGE), 0x500 + i);
}

TEST(napot_in_vs_stage)
{
    napot_in(false);
}
TEST(napot_in_g_stage)
{
    napot_in(true);
}

/* Every encoding of PPN[3:0] but 1000, and N in a superpage or a pointer, is reserved in the
 * G-stage as it is elsewhere. */
TEST(napot_reserved_in_g_stage)
{
    one_page();
    for (u64 low = 0; low < 16; low++) {
        if (low == 8) continue;
        note(low);
        pt_map(g, GPA, ((u64)page & ~0xffffull) | low << 12, 0, LEAF_U | PTE_NAPOT);
        EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                    .gpa = GPA, .gva = true);
    }
    pt_map(g, GPA, (u64)page, 0, LEAF_U);
    *pt_entry(g, GPA, 1) |= PTE_NAPOT;
    tables_changed();
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
    pt_map(g, 6 * GIB, 0x80000000 | 0x8000, 1, LEAF_U | PTE_NAPOT);
    pt_map(vs, GVA, 6 * GIB, 0, LEAF_S);
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = 6 * GIB, .gva = true);
}

/* Other sizes, and N in a superpage, are reserved. */
TEST(napot_reserved)
{
    one_page();
    pt_map(g, GPA, (u64)page & ~0xffffull, 0, LEAF_U | PTE_NAPOT);
    EXPECT_TRAP(run(VS_MODE, do_ld, GVA), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
    pt_map(g, GPA, (u64)page, 0, LEAF_U);
    pt_map(vs, 5 * GIB, GIB | 0x8000, 1, LEAF_S | PTE_NAPOT);
    EXPECT_TRAP(run(VS_MODE, do_ld, 5 * GIB), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = 5 * GIB,
                .gva = true);
}

/* ---- cache-block instructions in the guest ---- */

SNIPPET(cbo_zero, "cbo.zero (a0)");
SNIPPET(cbo_clean, "cbo.clean (a0)");
SNIPPET(cbo_flush, "cbo.flush (a0)");
SNIPPET(cbo_inval, "cbo.inval (a0)");

static u64 cause_in_guest(enum mode mode, bool m, bool h, bool s)
{
    if (!m) return ILLEGAL_INSTRUCTION; /* not HS-qualified */
    return h && (s || mode == VS_MODE) ? 0 : VIRTUAL_INSTRUCTION;
}

static void check_cbo(const u32 *code, u64 grant)
{
    for (unsigned enables = 0; enables < 8; enables++) {
        csr_write(menvcfg, enables & 4 ? grant : 0);
        csr_write(henvcfg, enables & 2 ? grant : 0);
        csr_write(senvcfg, enables & 1 ? grant : 0);
        for (enum mode mode = VU_MODE; mode <= VS_MODE; mode++) {
            u64 cause = cause_in_guest(mode, enables & 4, enables & 2, enables & 1);
            struct trap t = run(mode, code, page);

            note(enables << 4 | mode);
            if (cause)
                EXPECT_TRAP(t, LEVEL_M, .cause = cause, .tval = BITS);
            else
                EXPECT_RETURN(t);
        }
    }
}

TEST(cbo_enables)
{
    page = new_pages(1);
    check_cbo(cbo_zero, ENVCFG_CBZE);
    check_cbo(cbo_clean, ENVCFG_CBCFE);
    check_cbo(cbo_flush, ENVCFG_CBCFE);
    check_cbo(cbo_inval, CBIE_FLUSH);
    check_cbo(cbo_inval, CBIE_INVAL);
}

/* CBO.INVAL flushes where HS or the guest's kernel asks for that: then nothing stored is lost. */
TEST(cbo_inval_that_flushes_loses_nothing)
{
    static const u64 cbie[] = {CBIE_FLUSH, CBIE_INVAL};
    u64 *block = (u64 *)new_pages(1);

    for (unsigned k = 0; k < 7; k++) { /* the eighth asks nowhere for a flush */
        csr_write(menvcfg, cbie[k & 1]);
        csr_write(henvcfg, cbie[k >> 1 & 1]);
        csr_write(senvcfg, cbie[k >> 2]);
        bool in_vs = k != 3; /* senvcfg is for VU alone */
        *block = 0x1234500 + k;
        note(k);
        EXPECT_RETURN(run(VU_MODE, cbo_inval, block));
        CHECK_EQ(*(volatile u64 *)block, 0x1234500 + k);
        if (in_vs) EXPECT_RETURN(run(VS_MODE, cbo_inval, block));
        if (in_vs) CHECK_EQ(*(volatile u64 *)block, 0x1234500 + k);
    }
}

/* CBO.ZERO needs write permission, the others read or write; all fault as stores. */
TEST(cbo_permissions)
{
    u64 all = ENVCFG_CBZE | ENVCFG_CBCFE | CBIE_INVAL;

    one_page();
    csr_write(menvcfg, all);
    csr_write(henvcfg, all);
    EXPECT_RETURN(run(VS_MODE, cbo_zero, GVA));
    CHECK_EQ(*(u64 *)page, 0);
    pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_W);
    EXPECT_TRAP(run(VS_MODE, cbo_zero, GVA), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
    EXPECT_RETURN(run(VS_MODE, cbo_clean, GVA));
    EXPECT_RETURN(run(VS_MODE, cbo_flush, GVA));
    pt_map(vs, GVA, GPA, 0, 0);
    EXPECT_TRAP(run(VS_MODE, cbo_clean, GVA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
}
