/* What a guest-page fault reports: tval, htval/mtval2, htinst/mtinst, GVA for explicit accesses,
 * for reads of VS-level page tables, and for accesses that straddle two pages
 * (H extension, "Guest-Page Faults"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_lbu, "lbu a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_hlv, "hlv.d a0, (a0)");
SNIPPET(do_hsv, "hsv.d a1, (a0)");
SNIPPET(mprv_ld, "li t0, 0x8000021800\ncsrc mstatus, t0\ncsrs mstatus, a1\n"
                 ".globl mprv_ld_access\nmprv_ld_access: ld a0, 0(a0)");
extern const u32 mprv_ld_access[];

#define GPA 0x10c0a05000ull

static struct table *vs, *g;
static u8 *pages;
static u64 gva; /* shares no table below the root with the image's addresses */

/* Pages 0 and 1 at gva, through GPA; every VS-level table is at a GPA equal to its address. */
static void two_pages(enum scheme vs_scheme, enum scheme g_scheme)
{
    pages = new_pages(2);
    g = use_hgatp(g_scheme);
    vs = use_vsatp(vs_scheme);
    gva = 0x2040603000 | BIT(10 + 9 * pt_levels(vs_scheme));
    for (unsigned i = 0; i < 2; i++) {
        pt_map(g, GPA + i * PAGE, (u64)pages + i * PAGE, 0, LEAF_U);
        pt_map(vs, gva + i * PAGE, GPA + i * PAGE, 0, LEAF_S);
    }
    for (unsigned i = 0; i < 2 * PAGE; i++) pages[i] = (u8)(i * 7);
    csr_write(medeleg, MASK(15, 12) | MASK(23, 20));
}

static u64 little_endian(const u8 *bytes, unsigned n)
{
    u64 value = 0;

    while (n--) value = value << 8 | bytes[n];
    return value;
}

TEST(explicit_accesses)
{
    two_pages(SV39, SV39);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva + 0x128), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = gva + 0x128, .gpa = GPA + 0x128, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva + 0x128), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = gva + 0x128, .gpa = GPA + 0x128, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_jump, gva + 0x128), LEVEL_HS, .cause = FETCH_GUEST_PAGE_FAULT,
                .epc = gva + 0x128, .tval = gva + 0x128, .gpa = GPA + 0x128, .gva = true);
    pt_map(vs, gva, GPA, 0, LEAF_U);
    EXPECT_TRAP(run(VU_MODE, do_ld, gva + 0x128), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = gva + 0x128, .gpa = GPA + 0x128, .gva = true);
}

/* htval leaves out the two low bits of the address; tval has them. */
TEST(byte_addresses)
{
    two_pages(SV39, SV39);
    pt_map(g, GPA, 0, 0, 0);
    for (u64 i = 1; i < 8; i++)
        EXPECT_TRAP(run(VS_MODE, do_lbu, gva + i), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = gva + i, .gpa = GPA + i, .gva = true);
}

TEST(taken_by_m)
{
    two_pages(SV39, SV39);
    csr_write(medeleg, 0);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva + 8), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = gva + 8, .gpa = GPA + 8, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva + 8), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = gva + 8, .gpa = GPA + 8, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_jump, gva + 8), LEVEL_M, .cause = FETCH_GUEST_PAGE_FAULT,
                .epc = gva + 8, .tval = gva + 8, .gpa = GPA + 8, .gva = true);
}

/* hedeleg cannot pass guest-page faults on to VS. */
TEST(never_taken_by_vs)
{
    two_pages(SV39, SV39);
    csr_write(hedeleg, ~0ull);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = gva,
                .gpa = GPA, .gva = true);
}

/* A VS-stage page fault that HS takes: htval is 0, GVA is 1. */
TEST(vs_stage_fault_taken_by_hs)
{
    two_pages(SV39, SV39);
    pt_map(vs, gva, 0, 0, 0);
    csr_write(htval, ~0ull);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = gva,
                .gva = true);
    csr_write(medeleg, 0);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = gva,
                .gva = true);
}

/* ---- reads of VS-level page tables ---- */

static u64 index_of(u64 va, unsigned level)
{
    return va >> (12 + 9 * level) & 0x1ff;
}

/* The table at each level below the root is missing from the G-stage in turn. The cause is of the
 * original access; htval is the address of the entry that could not be read. */
static void implicit_reads(enum scheme vs_scheme, enum scheme g_scheme)
{
    two_pages(vs_scheme, g_scheme);
    for (unsigned level = 0; level + 1 < pt_levels(vs_scheme); level++) {
        u64 table = (*pt_entry(vs, gva, level + 1) & MASK(53, 10)) << 2;
        u64 entry = table + 8 * index_of(gva, level);

        note(level);
        pt_map(g, table, 0, 0, 0);
        EXPECT_TRAP(run(VS_MODE, do_ld, gva + 16), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = gva + 16, .gpa = entry, .pseudo = 0x3000, .gva = true);
        EXPECT_TRAP(run(VS_MODE, do_sd, gva + 16), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                    .tval = gva + 16, .gpa = entry, .pseudo = 0x3000, .gva = true);
        EXPECT_TRAP(run(VS_MODE, do_jump, gva + 16), LEVEL_HS, .cause = FETCH_GUEST_PAGE_FAULT,
                    .epc = gva + 16, .tval = gva + 16, .gpa = entry, .pseudo = 0x3000, .gva = true);
        csr_write(medeleg, 0);
        EXPECT_TRAP(run(VS_MODE, do_sd, gva + 16), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                    .tval = gva + 16, .gpa = entry, .pseudo = 0x3000, .gva = true);
        csr_write(medeleg, MASK(15, 12) | MASK(23, 20));
        pt_map(g, table, table, 0, LEAF_U);
    }
}

TEST(implicit_reads_sv39)
{
    implicit_reads(SV39, SV57);
}
TEST(implicit_reads_sv48)
{
    implicit_reads(SV48, SV39);
}
TEST(implicit_reads_sv57)
{
    implicit_reads(SV57, SV48);
}

/* The root itself: the very fetch of VS code would fault, so HLV does the access. */
TEST(implicit_read_of_the_root)
{
    two_pages(SV48, SV39);
    u64 entry = (u64)vs->root + 8 * index_of(gva, 3);

    pt_map(g, (u64)vs->root, 0, 0, 0);
    EXPECT_TRAP(run(S_MODE, do_hlv, gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = gva,
                .gpa = entry, .pseudo = 0x3000, .gva = true);
    EXPECT_TRAP(run(S_MODE, do_hsv, gva), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT, .tval = gva,
                .gpa = entry, .pseudo = 0x3000, .gva = true);
    u64 code_entry = (u64)vs->root + 8 * index_of((u64)do_ld, 3);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = FETCH_GUEST_PAGE_FAULT,
                .tval = (u64)do_ld, .gpa = code_entry, .pseudo = 0x3000, .gva = true);
}

/* A VS-level table that the G-stage maps without read permission, or without U. */
TEST(unreadable_tables)
{
    static const u64 flags[] = {LEAF_U & ~PTE_RW, LEAF_S, LEAF_U & ~PTE_A};

    two_pages(SV39, SV39);
    u64 table = (*pt_entry(vs, gva, 1) & MASK(53, 10)) << 2;
    for (unsigned i = 0; i < 3; i++) {
        note(flags[i]);
        pt_map(g, table, table, 0, flags[i]);
        EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = gva,
                    .gpa = table + 8 * index_of(gva, 0), .pseudo = 0x3000, .gva = true);
    }
}

/* A store reads the tables only: they need neither W nor D in the G-stage (without ADUE). */
TEST(read_only_tables_suffice)
{
    two_pages(SV39, SV39);
    u64 table = (*pt_entry(vs, gva, 1) & MASK(53, 10)) << 2;

    pt_map(g, table, table, 0, PTE_V | PTE_R | PTE_U | PTE_A);
    EXPECT_RETURN(run(VS_MODE, do_sd, gva, 5));
    CHECK_EQ(*(u64 *)pages, 5);
}

/* A VS-level PTE that points its table outside of the guest's physical memory. */
TEST(table_out_of_reach)
{
    two_pages(SV39, SV39);
    *pt_entry(vs, gva, 1) = BIT(41) >> 2 | PTE_V; /* Sv39x4 ends below bit 41 */
    tables_changed();
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = gva,
                .gpa = BIT(41) | 8 * index_of(gva, 0), .pseudo = 0x3000, .gva = true);
}

/* The G-stage leads a VS-level table read to where no memory is: an access fault of the original
 * type, no guest-page fault. */
TEST(table_at_no_memory)
{
    two_pages(SV39, SV39);
    u64 table = (*pt_entry(vs, gva, 1) & MASK(53, 10)) << 2;

    csr_set(medeleg, BIT(LOAD_ACCESS) | BIT(STORE_ACCESS));
    pt_map(g, table, 0x1000000000, 0, LEAF_U);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_ACCESS, .tval = gva, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva), LEVEL_HS, .cause = STORE_ACCESS, .tval = gva,
                .gva = true);
}

/* The G-stage's own tables at no memory. */
TEST(g_table_at_no_memory)
{
    two_pages(SV39, SV39);
    csr_set(medeleg, BIT(LOAD_ACCESS) | BIT(STORE_ACCESS));
    *pt_entry(g, GPA, 1) = 0x1000000000 >> 2 | PTE_V;
    tables_changed();
    EXPECT_TRAP(run(VS_MODE, do_ld, gva), LEVEL_HS, .cause = LOAD_ACCESS, .tval = gva, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva), LEVEL_HS, .cause = STORE_ACCESS, .tval = gva,
                .gva = true);
}

/* ---- misaligned accesses and page boundaries ---- */

TEST(misaligned_within_a_page)
{
    two_pages(SV39, SV39);
    for (u64 i = 1; i < 8; i++)
        EXPECT_VALUE(run(VS_MODE, do_ld, gva + 64 + i), little_endian(pages + 64 + i, 8));
}

TEST(straddling_two_good_pages)
{
    two_pages(SV39, SV39);
    u8 *other = new_pages(1); /* the second page's memory does not follow the first's */
    pt_map(g, GPA + PAGE, (u64)other, 0, LEAF_U);
    for (u64 i = 1; i < 8; i++) {
        for (u64 j = 0; j < 8; j++) other[j] = (u8)(0xa0 + j);
        u64 want = little_endian(pages + PAGE - i, (unsigned)i) |
                   little_endian(other, 8 - (unsigned)i) << 8 * i;
        EXPECT_VALUE(run(VS_MODE, do_ld, gva + PAGE - i), want);
        EXPECT_RETURN(run(VS_MODE, do_sd, gva + PAGE - i, 0x8877665544332211));
        CHECK_EQ(little_endian(pages + PAGE - i, (unsigned)i),
                 0x8877665544332211 & MASK(8 * i - 1, 0));
        CHECK_EQ(little_endian(other, 8 - (unsigned)i), 0x8877665544332211 >> 8 * i);
    }
}

/* The faulting portion alone is reported: tval, htval and the Addr. Offset of htinst agree. */
TEST(straddling_into_a_missing_guest_page)
{
    two_pages(SV39, SV39);
    pt_map(g, GPA + PAGE, 0, 0, 0);
    for (u64 i = 1; i < 8; i++) {
        EXPECT_TRAP(run(VS_MODE, do_ld, gva + PAGE - i), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                    .tval = gva + PAGE, .gpa = GPA + PAGE, .offset = i, .gva = true);
        EXPECT_TRAP(run(VS_MODE, do_sd, gva + PAGE - i), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                    .tval = gva + PAGE, .gpa = GPA + PAGE, .offset = i, .gva = true);
    }
}

TEST(straddling_into_a_missing_guest_page_taken_by_m)
{
    two_pages(SV39, SV39);
    csr_write(medeleg, 0);
    pt_map(g, GPA + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva + PAGE - 3), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = gva + PAGE, .gpa = GPA + PAGE, .offset = 3, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva + PAGE - 5), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = gva + PAGE, .gpa = GPA + PAGE, .offset = 5, .gva = true);
}

TEST(straddling_out_of_a_missing_guest_page)
{
    two_pages(SV39, SV39);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva + PAGE - 4), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = gva + PAGE - 4, .gpa = GPA + PAGE - 4, .gva = true);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva + PAGE - 4), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = gva + PAGE - 4, .gpa = GPA + PAGE - 4, .gva = true);
}

TEST(straddling_into_a_vs_stage_fault)
{
    two_pages(SV39, SV39);
    csr_write(hedeleg, MASK(15, 12));
    pt_map(vs, gva + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_ld, gva + PAGE - 2), LEVEL_VS, .cause = LOAD_PAGE_FAULT,
                .tval = gva + PAGE);
    pt_map(vs, gva + PAGE, GPA + PAGE, 0, LEAF_S & ~PTE_W);
    EXPECT_TRAP(run(VS_MODE, do_sd, gva + PAGE - 2), LEVEL_VS, .cause = STORE_PAGE_FAULT,
                .tval = gva + PAGE);
}

/* An uncompressed instruction whose second half is on a missing page: epc is the instruction,
 * tval and htval the half that failed. */
TEST(fetch_straddling_into_a_missing_page)
{
    two_pages(SV39, SV39);
    *(u16 *)(pages + PAGE - 2) = 0x0013; /* first half of nop */
    __asm__ volatile("fence.i" ::: "memory");
    pt_map(g, GPA + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_jump, gva + PAGE - 2), LEVEL_HS, .cause = FETCH_GUEST_PAGE_FAULT,
                .epc = gva + PAGE - 2, .tval = gva + PAGE, .gpa = GPA + PAGE, .gva = true);
    pt_map(vs, gva + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(VS_MODE, do_jump, gva + PAGE - 2), LEVEL_HS, .cause = FETCH_PAGE_FAULT,
                .epc = gva + PAGE - 2, .tval = gva + PAGE, .gva = true);
}

/* And across pages that are there: the two halves come from where each page leads. */
TEST(fetch_straddling_two_good_pages)
{
    SNIPPET(two_instructions, "li a0, 0x77");
    two_pages(SV39, SV39);
    u8 *other = new_pages(1);
    pt_map(g, GPA + PAGE, (u64)other, 0, LEAF_U);
    const u16 *code = (const u16 *)two_instructions;
    *(u16 *)(pages + PAGE - 2) = code[0];
    for (unsigned i = 0; i < 3; i++) ((u16 *)other)[i] = code[i + 1];
    __asm__ volatile("fence.i" ::: "memory");
    EXPECT_VALUE(run(VS_MODE, do_jump, gva + PAGE - 2), 0x77);
}

/* ---- accesses of M-mode through MPRV with MPV ---- */

TEST(mprv_with_mpv)
{
    two_pages(SV39, SV39);
    u64 mprv_vs = STATUS_MPRV | STATUS_MPV | MPP_S;

    EXPECT_VALUE(run(M_MODE, mprv_ld, gva, mprv_vs), little_endian(pages, 8));
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(M_MODE, mprv_ld, gva, mprv_vs), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT,
                .epc = (u64)mprv_ld_access, .tval = gva, .gpa = GPA, .gva = true);
}
