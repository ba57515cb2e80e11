/* HLV, HLVX, HSV: what they load, at which privilege, and how they fault
 * (H extension, "Hypervisor Virtual-Machine Load and Store Instructions"). */
#include "harness.h"
#include "paging.h"

SNIPPET(hlv_b, "hlv.b a0, (a0)");
SNIPPET(hlv_bu, "hlv.bu a0, (a0)");
SNIPPET(hlv_h, "hlv.h a0, (a0)");
SNIPPET(hlv_hu, "hlv.hu a0, (a0)");
SNIPPET(hlvx_hu, "hlvx.hu a0, (a0)");
SNIPPET(hlv_w, "hlv.w a0, (a0)");
SNIPPET(hlv_wu, "hlv.wu a0, (a0)");
SNIPPET(hlvx_wu, "hlvx.wu a0, (a0)");
SNIPPET(hlv_d, "hlv.d a0, (a0)");
SNIPPET(hsv_b, "hsv.b a1, (a0)");
SNIPPET(hsv_h, "hsv.h a1, (a0)");
SNIPPET(hsv_w, "hsv.w a1, (a0)");
SNIPPET(hsv_d, "hsv.d a1, (a0)");
SNIPPET(do_ld, "ld a0, (a0)");

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

static struct table *vs, *g;
static u8 *page;

static void one_page(u64 vs_flags, u64 g_flags)
{
    page = new_pages(2);
    g = use_hgatp(SV48);
    vs = use_vsatp(SV39);
    for (unsigned i = 0; i < 2; i++) {
        pt_map(g, GPA + i * PAGE, (u64)page + i * PAGE, 0, g_flags);
        pt_map(vs, GVA + i * PAGE, GPA + i * PAGE, 0, vs_flags);
    }
    *(u64 *)page = 0x8182838485868788;
    csr_write(medeleg, MASK(7, 4) | MASK(15, 12) | MASK(23, 20));
}

static void as_vs(void)
{
    csr_set(hstatus, HSTATUS_SPVP);
}
static void as_vu(void)
{
    csr_clear(hstatus, HSTATUS_SPVP);
}

TEST(widths_and_extension)
{
    one_page(LEAF_S, LEAF_U);
    as_vs();
    for (enum mode m = S_MODE; m <= M_MODE; m += M_MODE - S_MODE) {
        EXPECT_VALUE(run(m, hlv_b, GVA), 0xffffffffffffff88);
        EXPECT_VALUE(run(m, hlv_bu, GVA), 0x88);
        EXPECT_VALUE(run(m, hlv_h, GVA), 0xffffffffffff8788);
        EXPECT_VALUE(run(m, hlv_hu, GVA), 0x8788);
        EXPECT_VALUE(run(m, hlvx_hu, GVA), 0x8788);
        EXPECT_VALUE(run(m, hlv_w, GVA), 0xffffffff85868788);
        EXPECT_VALUE(run(m, hlv_wu, GVA), 0x85868788);
        EXPECT_VALUE(run(m, hlvx_wu, GVA), 0x85868788);
        EXPECT_VALUE(run(m, hlv_d, GVA), 0x8182838485868788);
    }
}

TEST(stores)
{
    u64 *words;

    one_page(LEAF_S, LEAF_U);
    as_vs();
    words = (u64 *)page;
    for (unsigned i = 0; i < 4; i++) words[i] = ~0ull;
    EXPECT_RETURN(run(S_MODE, hsv_b, GVA, 0x1122334455667788));
    EXPECT_RETURN(run(S_MODE, hsv_h, GVA + 8, 0x1122334455667788));
    EXPECT_RETURN(run(S_MODE, hsv_w, GVA + 16, 0x1122334455667788));
    EXPECT_RETURN(run(M_MODE, hsv_d, GVA + 24, 0x1122334455667788));
    CHECK_EQ(words[0], 0xffffffffffffff88);
    CHECK_EQ(words[1], 0xffffffffffff7788);
    CHECK_EQ(words[2], 0xffffffff55667788);
    CHECK_EQ(words[3], 0x1122334455667788);
}

TEST(misaligned)
{
    one_page(LEAF_S, LEAF_U);
    as_vs();
    for (unsigned i = 0; i < 16; i++) page[PAGE - 8 + i] = (u8)(i + 1);
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA + PAGE - 3), 0x0d0c0b0a09080706);
    EXPECT_VALUE(run(S_MODE, hlv_wu, GVA + PAGE - 7), 0x05040302);
    pt_map(g, GPA + PAGE, 0, 0, 0);
    EXPECT_TRAP(run(S_MODE, hlv_d, GVA + PAGE - 3), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = GVA + PAGE, .gpa = GPA + PAGE, .offset = 3, .gva = true);
    EXPECT_TRAP(run(S_MODE, hsv_w, GVA + PAGE - 1), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = GVA + PAGE, .gpa = GPA + PAGE, .offset = 1, .gva = true);
}

/* hstatus.SPVP is the privilege of the access; vsstatus.SUM is VS-mode's, sstatus.SUM ignored. */
TEST(privilege_of_the_access)
{
    one_page(LEAF_S, LEAF_U);
    as_vu();
    EXPECT_TRAP(run(S_MODE, hlv_d, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
    as_vs();
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA), 0x8182838485868788);

    pt_map(vs, GVA, GPA, 0, LEAF_U);
    as_vu();
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA), 0x8182838485868788);
    as_vs();
    csr_set(sstatus, STATUS_SUM);
    EXPECT_TRAP(run(S_MODE, hlv_d, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
    csr_clear(sstatus, STATUS_SUM);
    csr_set(vsstatus, STATUS_SUM);
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA), 0x8182838485868788);
    EXPECT_RETURN(run(S_MODE, hsv_d, GVA, 1));
    CHECK_EQ(*(u64 *)page, 1);
}

/* A trap from V=0 leaves SPVP alone, so a fault of HLV does not change what the next one does. */
TEST(faults_keep_spvp)
{
    one_page(LEAF_S, LEAF_U);
    as_vs();
    EXPECT_TRAP(run(S_MODE, hlv_d, 0x1000), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = 0x1000,
                .gva = true);
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA), 0x8182838485868788);
}

/* Faults of each stage, from HS and from M: SPV = 0 (MPV = 0) and GVA = 1. */
TEST(faults)
{
    one_page(LEAF_S & ~PTE_W, LEAF_U);
    as_vs();
    EXPECT_TRAP(run(S_MODE, hsv_d, GVA), LEVEL_HS, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
    EXPECT_TRAP(run(M_MODE, hsv_d, GVA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = GVA,
                .gva = true);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(S_MODE, hlv_w, GVA + 4), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = GVA + 4, .gpa = GPA + 4, .gva = true);
    EXPECT_TRAP(run(M_MODE, hsv_h, GVA + 4), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = GVA + 4, .gpa = GPA + 4, .gva = true);
    pt_map(g, GPA, 0x1000000000, 0, LEAF_U);
    EXPECT_TRAP(run(S_MODE, hlv_w, GVA), LEVEL_HS, .cause = LOAD_ACCESS, .tval = GVA, .gva = true);
    EXPECT_TRAP(run(S_MODE, hsv_w, GVA), LEVEL_HS, .cause = STORE_ACCESS, .tval = GVA, .gva = true);
}

/* They come from V=0: hedeleg has no say, HS takes even what is delegated to VS. */
TEST(hedeleg_does_not_matter)
{
    one_page(LEAF_S, LEAF_U);
    csr_write(hedeleg, ~0ull);
    as_vs();
    EXPECT_TRAP(run(S_MODE, hlv_d, 0x1000), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = 0x1000,
                .gva = true);
}

/* HLVX wants execute permission in both stages and no read permission; it raises load faults. */
TEST(hlvx)
{
    u64 vs_x = LEAF_S & ~PTE_RW, g_x = LEAF_U & ~PTE_RW;

    one_page(vs_x, g_x);
    as_vs();
    EXPECT_VALUE(run(S_MODE, hlvx_wu, GVA), 0x85868788);
    EXPECT_TRAP(run(S_MODE, hlv_wu, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_X);
    EXPECT_TRAP(run(S_MODE, hlvx_wu, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
    pt_map(vs, GVA, GPA, 0, vs_x);
    pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_X);
    EXPECT_TRAP(run(S_MODE, hlvx_hu, GVA), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
}

/* The next ordinary access is an ordinary one again. */
TEST(hlvx_leaves_nothing_behind)
{
    SNIPPET(hlvx_then_hlv,
            "hlvx.wu t0, (a0)\n.globl second_access\nsecond_access: hlv.wu a0, (a0)");
    extern const u32 second_access[];

    one_page(LEAF_S & ~PTE_RW, LEAF_U);
    as_vs();
    EXPECT_TRAP(run(S_MODE, hlvx_then_hlv, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT,
                .epc = (u64)second_access, .tval = GVA, .gva = true);
}

/* PMP's word is last for HLVX: execute and read both. */
TEST(hlvx_and_pmp)
{
    one_page(LEAF_S, LEAF_U);
    as_vs();
    csr_write(pmpaddr0, (u64)page >> 2 | (PAGE / 8 - 1));
    csr_write(pmpcfg0, 0x1c); /* NAPOT, X only */
    fence_all();
    EXPECT_TRAP(run(S_MODE, hlvx_wu, GVA), LEVEL_HS, .cause = LOAD_ACCESS, .tval = GVA,
                .gva = true);
    csr_write(pmpcfg0, 0x1d); /* R X */
    fence_all();
    EXPECT_VALUE(run(S_MODE, hlvx_wu, GVA), 0x85868788);
    csr_write(pmpcfg0, 0x19); /* R only */
    fence_all();
    EXPECT_TRAP(run(S_MODE, hlvx_wu, GVA), LEVEL_HS, .cause = LOAD_ACCESS, .tval = GVA,
                .gva = true);
}

/* MXR: sstatus.MXR makes execute-only pages of both stages readable, vsstatus.MXR of VS-stage. */
TEST(mxr)
{
    one_page(LEAF_S & ~PTE_RW, LEAF_U);
    as_vs();
    csr_set(vsstatus, STATUS_MXR);
    EXPECT_VALUE(run(S_MODE, hlv_wu, GVA), 0x85868788);
    pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_RW);
    EXPECT_TRAP(run(S_MODE, hlv_wu, GVA), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
    csr_clear(vsstatus, STATUS_MXR);
    csr_set(sstatus, STATUS_MXR);
    EXPECT_VALUE(run(S_MODE, hlv_wu, GVA), 0x85868788);
}

TEST(bare_stages)
{
    one_page(LEAF_S, LEAF_U);
    as_vs();
    csr_write(vsatp, 0);
    fence_all();
    EXPECT_VALUE(run(S_MODE, hlv_d, GPA), 0x8182838485868788);
    csr_write(hgatp, 0);
    fence_all();
    EXPECT_VALUE(run(S_MODE, hlv_d, page), 0x8182838485868788);
}

/* HS-level translation (satp) plays no part in the access, MPRV neither. */
TEST(satp_and_mprv_do_not_matter)
{
    SNIPPET(mprv_hlv, "li t0, 0x20000\ncsrs mstatus, t0\nhlv.d a0, (a0)");

    one_page(LEAF_S, LEAF_U);
    as_vs();
    use_satp(SV39);
    EXPECT_VALUE(run(S_MODE, hlv_d, GVA), 0x8182838485868788);
    EXPECT_VALUE(run(M_MODE, mprv_hlv, GVA), 0x8182838485868788);
}

/* ---- who may ---- */

static const u32 *const all[] = {hlv_b,   hlv_bu, hlv_h, hlv_hu, hlvx_hu, hlv_w, hlv_wu,
                                 hlvx_wu, hlv_d,  hsv_b, hsv_h,  hsv_w,   hsv_d};

TEST(from_u_with_hu)
{
    one_page(LEAF_U, LEAF_U);
    as_vu();
    csr_set(hstatus, HSTATUS_HU);
    EXPECT_VALUE(run(U_MODE, hlv_d, GVA), 0x8182838485868788);
    EXPECT_RETURN(run(U_MODE, hsv_d, GVA, 9));
    CHECK_EQ(*(u64 *)page, 9);
    EXPECT_VALUE(run(U_MODE, hlvx_wu, GVA), 9);
    pt_map(g, GPA, 0, 0, 0);
    EXPECT_TRAP(run(U_MODE, hlv_d, GVA), LEVEL_HS, .cause = LOAD_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
    EXPECT_TRAP(run(U_MODE, hsv_d, GVA), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT, .tval = GVA,
                .gpa = GPA, .gva = true);
}

/* With HU, SPVP chooses VS-level access even from U. */
TEST(from_u_as_vs)
{
    one_page(LEAF_S, LEAF_U);
    csr_set(hstatus, HSTATUS_HU);
    as_vs();
    EXPECT_VALUE(run(U_MODE, hlv_d, GVA), 0x8182838485868788);
    as_vu();
    EXPECT_TRAP(run(U_MODE, hlv_d, GVA), LEVEL_HS, .cause = LOAD_PAGE_FAULT, .tval = GVA,
                .gva = true);
}

TEST(from_u_without_hu)
{
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        EXPECT_TRAP(run(U_MODE, all[i], 0), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(from_the_guest)
{
    csr_set(hstatus, HSTATUS_HU);
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        EXPECT_TRAP(run(VS_MODE, all[i], 0), LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
        EXPECT_TRAP(run(VU_MODE, all[i], 0), LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
    }
}

/* The destination stays when the load faults. */
TEST(destination_is_kept_on_a_fault)
{
    SNIPPET(load_into_a0, "hlv.d a0, (a1)");
    one_page(LEAF_S, LEAF_U);
    as_vs();
    struct trap t = run(S_MODE, load_into_a0, 0x5555, 0x1000);
    CHECK_EQ(t.cause, LOAD_PAGE_FAULT);
    CHECK_EQ(t.value, 0x5555);
}

/* An HS load after HLV goes through HS translation: the two share no state. */
TEST(plain_load_next_to_hlv)
{
    SNIPPET(both, "hlv.d t0, (a0)\nld t1, (a1)\nhlv.d t2, (a0)\nsub t2, t2, t0\nadd a0, t1, t2");
    one_page(LEAF_S, LEAF_U);
    as_vs();
    struct table *s = use_satp(SV39);
    u64 *other = (u64 *)new_pages(1);
    *other = 0x4242;
    pt_map(s, GVA, (u64)other, 0, LEAF_S); /* the same virtual address leads elsewhere in HS */
    EXPECT_VALUE(run(S_MODE, both, GVA, GVA), 0x4242);
    EXPECT_VALUE(run(S_MODE, do_ld, GVA), 0x4242);
    EXPECT_VALUE(run(VS_MODE, do_ld, GVA), 0x8182838485868788);
}
