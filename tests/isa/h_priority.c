/* When an instruction has several faults, the first of the table counts
 * (H extension, "Trap Cause Codes", synchronous exception priority). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");

#define GVA     0x2040603000ull
#define GPA     0x10c0a05000ull
#define NOWHERE 0x1000000000ull /* a physical address without memory */

static struct table *vs, *g;
static u64 table, entry; /* guest physical addresses of the last VS-level table and its entry */

/* Everything is wrong with GVA at once. */
static void all_wrong(void)
{
    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    entry = (u64)pt_entry(vs, GVA, 0);
    table = entry & ~0xfffull;
    pt_map(vs, GVA, 0, 0, 0);
    pt_map(g, GPA, 0, 0, 0);
    pt_map(g, table, 0, 0, 0);
}

struct causes {
    u64 guest_page_fault, page_fault, access_fault;
};
static const struct causes of_load = {LOAD_GUEST_PAGE_FAULT, LOAD_PAGE_FAULT, LOAD_ACCESS};
static const struct causes of_store = {STORE_GUEST_PAGE_FAULT, STORE_PAGE_FAULT, STORE_ACCESS};
static const struct causes of_fetch = {FETCH_GUEST_PAGE_FAULT, FETCH_PAGE_FAULT, FETCH_ACCESS};

#define EXPECT_FAULT(code, number, ...)                                                            \
    EXPECT_TRAP(run(VS_MODE, code, GVA), LEVEL_M, .cause = number,                                 \
                .epc = (u64)(code) == (u64)do_jump ? GVA : 0, .tval = GVA, .gva = true,            \
                ##__VA_ARGS__)

/* "First encountered": in the order of the walk, each fault appears as the one before is mended. */
static void mend_one_by_one(const u32 *code, const struct causes *c)
{
    reset_machine();
    all_wrong();
    EXPECT_FAULT(code, c->guest_page_fault, .gpa = entry, .pseudo = 0x3000);
    pt_map(g, table, NOWHERE, 0, LEAF_U);
    EXPECT_FAULT(code, c->access_fault);
    pt_map(g, table, table, 0, LEAF_U);
    EXPECT_FAULT(code, c->page_fault);
    pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_RWX);
    EXPECT_FAULT(code, c->page_fault);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    EXPECT_FAULT(code, c->guest_page_fault, .gpa = GPA);
    pt_map(g, GPA, NOWHERE, 0, LEAF_S);
    EXPECT_FAULT(code, c->guest_page_fault, .gpa = GPA);
    pt_map(g, GPA, NOWHERE, 0, LEAF_U);
    EXPECT_FAULT(code, c->access_fault);
}

TEST(translation_faults_in_the_order_of_the_walk)
{
    mend_one_by_one(do_ld, &of_load);
    mend_one_by_one(do_sd, &of_store);
    mend_one_by_one(do_amo, &of_store);
    mend_one_by_one(do_jump, &of_fetch);
}

/* A fetch's fault comes before all that its instruction would raise. */
TEST(fetch_faults_before_the_instruction)
{
    static const u32 bad[] = {0, 0x00100073, 0x00000073}; /* illegal, ebreak, ecall */
    u32 *page = (u32 *)new_pages(1);

    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    for (unsigned i = 0; i < 3; i++) {
        *page = bad[i];
        note(i);
        pt_map(g, GPA, (u64)page, 0, LEAF_U & ~PTE_X);
        EXPECT_FAULT(do_jump, FETCH_GUEST_PAGE_FAULT, .gpa = GPA);
        pt_map(g, GPA, (u64)page, 0, LEAF_U);
        pt_map(vs, GVA, GPA, 0, LEAF_S & ~PTE_X);
        EXPECT_FAULT(do_jump, FETCH_PAGE_FAULT);
        pt_map(vs, GVA, GPA, 0, LEAF_S);
    }
}

/* An instruction that is not allowed makes no access: virtual-instruction before the page fault. */
TEST(instruction_before_its_access)
{
    SNIPPET(do_hlv, "hlv.d a0, (a0)");
    SNIPPET(do_cbo, "cbo.zero (a0)");

    all_wrong();
    EXPECT_TRAP(run(VS_MODE, do_hlv, GVA), LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(U_MODE, do_hlv, GVA), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    csr_write(menvcfg, ENVCFG_CBZE);
    EXPECT_TRAP(run(VS_MODE, do_cbo, GVA), LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS);
}

/* A misaligned atomic on a missing page: the one or the other; and an access fault may stand for
 * the misaligned one, to say that it should not be emulated (Zaamo). */
TEST(misaligned_atomic_on_a_missing_page)
{
    all_wrong();
    pt_map(g, table, table, 0, LEAF_U);
    struct trap t = run(VS_MODE, do_amo, GVA + 1);
    CHECK_EQ(t.cause == MISALIGNED_STORE || t.cause == STORE_PAGE_FAULT || t.cause == STORE_ACCESS,
             true);
    CHECK_EQ(t.tval, GVA + 1);
}
