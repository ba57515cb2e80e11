/* When a change of satp, sstatus or menvcfg counts for translation, and what SFENCE.VMA's operands
 * may hold (priv. spec 3.1.18, 12.1.1, 12.1.11, 12.2.1). The walk itself is in sv.c. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_sd, "sd a1, (a0)");
SNIPPET(do_fetch, "mv t3, ra\njalr a0\nmv ra, t3");

#define VA 0x2040603000ull

static struct table *t;
static u64 *page;

static void one_page(u64 flags)
{
    t = use_satp(SV39);
    page = (u64 *)new_pages(1);
    pt_map(t, VA, (u64)page, 0, flags);
}

/* ---- at once ---- */

/* From Bare and back without a fence, in S-mode: the same address leads to two places. */
TEST(mode_counts_at_once)
{
    SNIPPET(there_and_back,
            "ld t0, (a0)\ncsrw satp, a1\nld t1, (a0)\ncsrw satp, zero\nld t2, (a0)\n"
            "csrw satp, a1\nld t3, (a0)\nslli t1, t1, 16\nslli t2, t2, 32\n"
            "slli t3, t3, 48\nor t0, t0, t1\nor t2, t2, t3\nor a0, t0, t2");
    u64 *physical = (u64 *)new_pages(2), *virtual = physical + PAGE / 8;

    *physical = 1;
    *virtual = 2;
    t = use_satp(SV39);
    pt_map(t, (u64)physical, (u64) virtual, 0, LEAF_S);
    u64 satp = csr_read(satp);
    csr_write(satp, 0);
    EXPECT_VALUE(run(S_MODE, there_and_back, physical, satp), 0x0002000100020001);
}

/* Under another ASID nothing of the first one's translations is used, though the root is the same.
 */
TEST(asid_counts_at_once)
{
    SNIPPET(load_change_load, "ld t0, (a0)\nsd a2, (a1)\ncsrr t2, satp\nli t1, 1\nslli t1, t1, 44\n"
                              "add t2, t2, t1\ncsrw satp, t2\nld t1, (a0)\nslli t0, t0, 16\n"
                              "or a0, t0, t1");
    u64 *other = (u64 *)new_pages(1);

    one_page(LEAF_S);
    *page = 1;
    *other = 2;
    csr_write(satp, ATP(SV39, 4, t->root));
    u64 *entry = pt_entry(t, VA, 0), leaf = (u64)other >> 2 | LEAF_S;
    EXPECT_VALUE(run(S_MODE, load_change_load, VA, entry, leaf), 0x10002);
}

/* SUM is about S-mode's loads and stores of user pages: not about U-mode's, nor about fetches, nor
 * where there are no pages. */
TEST(sum_elsewhere)
{
    u64 *word = (u64 *)new_pages(1);

    for (unsigned sum = 0; sum < 2; sum++) {
        reset_machine();
        if (sum) csr_set(sstatus, STATUS_SUM | STATUS_MXR);
        note(sum);
        word[0] = 0x77;
        EXPECT_VALUE(run(S_MODE, do_ld, word), 0x77); /* Bare */
        EXPECT_VALUE(run(U_MODE, do_ld, word), 0x77);
        one_page(LEAF_S);
        EXPECT_TRAP(run(U_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
        pt_map(t, VA, (u64)page, 0, LEAF_U);
        EXPECT_RETURN(run(U_MODE, do_ld, VA));
        EXPECT_RETURN(run(U_MODE, do_sd, VA));
        EXPECT_TRAP(run(S_MODE, do_fetch, VA), LEVEL_M, .cause = FETCH_PAGE_FAULT, .epc = VA,
                    .tval = VA);
        csr_clear(sstatus, STATUS_SUM); /* MXR alone does not do what SUM does */
        EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    }
}

/* ---- after a fence ---- */

/* menvcfg.PBMTE and ADUE change what entries mean: SFENCE.VMA x0, x0 makes it so. */
TEST(menvcfg_counts_after_a_fence)
{
    for (unsigned round = 0; round < 3; round++) {
        one_page(LEAF_S | PTE_PBMT(1));
        csr_write(menvcfg, ENVCFG_PBMTE);
        fence_all();
        EXPECT_RETURN(run(S_MODE, do_ld, VA));
        csr_write(menvcfg, 0);
        fence_all();
        EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
        pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_D);
        csr_write(menvcfg, ENVCFG_ADUE);
        fence_all();
        EXPECT_RETURN(run(S_MODE, do_sd, VA));
        CHECK_EQ(*pt_entry(t, VA, 0) & PTE_D, PTE_D);
        *pt_entry(t, VA, 0) &= ~PTE_D;
        csr_write(menvcfg, 0);
        fence_all();
        EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
        reset_machine();
    }
}

/* ---- SFENCE.VMA ---- */

SNIPPET(fence_va, "sfence.vma a0, zero");
SNIPPET(fence_asid, "sfence.vma zero, a1");
SNIPPET(fence_va_asid, "sfence.vma a0, a1");

/* An address that cannot be translated is none to fence, and no fault. */
TEST(sfence_of_an_invalid_address)
{
    static const u64 invalid[] = {BIT(39), BIT(62), 0x8000000000000000, 0xffff7fffffffffff,
                                  ~BIT(50)};

    one_page(LEAF_S);
    *page = 0x5a;
    for (unsigned i = 0; i < 5; i++) {
        note(i);
        EXPECT_RETURN(run(S_MODE, fence_va, invalid[i]));
        EXPECT_RETURN(run(M_MODE, fence_va, invalid[i]));
        EXPECT_RETURN(run(S_MODE, fence_va_asid, invalid[i], 4));
        EXPECT_VALUE(run(S_MODE, do_ld, VA), 0x5a);
    }
}

/* Bits of rs2 above ASIDMAX are ignored: the fence is one for the ASID in the others. */
TEST(sfence_ignores_upper_bits_of_rs2)
{
    for (unsigned bit = 16; bit < 64; bit++) {
        reset_machine();
        one_page(LEAF_S);
        csr_write(satp, ATP(SV39, 4, t->root));
        u64 *other = (u64 *)new_pages(1);
        *page = 1;
        *other = 2;
        fence_all();
        EXPECT_VALUE(run(S_MODE, do_ld, VA), 1);
        note(bit);
        *pt_entry(t, VA, 0) = (u64)other >> 2 | LEAF_S;
        EXPECT_RETURN(run(S_MODE, bit & 1 ? fence_asid : fence_va_asid, VA, 4 | BIT(bit)));
        EXPECT_VALUE(run(S_MODE, do_ld, VA), 2);
    }
}

/* ---- satp while it is not active ---- */

/* M-mode's own accesses begin no walk: no A bit is set for them, though hardware may. */
TEST(inactive_in_m_mode)
{
    csr_write(menvcfg, ENVCFG_ADUE);
    u64 *word = (u64 *)new_pages(1);
    t = use_satp(SV39);
    pt_map(t, (u64)word, (u64)word, 0, LEAF_S & ~PTE_A & ~PTE_D);
    EXPECT_RETURN(run(M_MODE, do_ld, word));
    EXPECT_RETURN(run(M_MODE, do_sd, word, 1));
    CHECK_EQ(*pt_entry(t, (u64)word, 0) & (PTE_A | PTE_D), 0);
    EXPECT_RETURN(run(S_MODE, do_sd, word, 2));
    CHECK_EQ(*pt_entry(t, (u64)word, 0) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* ---- who wants which permission ---- */

TEST(store_conditional)
{
    SNIPPET(lr_sc, "lr.d t0, (a0)\n.globl sv_satp_sc\nsv_satp_sc: sc.d a0, a1, (a0)");
    extern const u32 sv_satp_sc[];

    one_page(LEAF_S & ~PTE_W);
    EXPECT_TRAP(run(S_MODE, lr_sc, VA, 1), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA,
                .epc = (u64)sv_satp_sc);
    pt_map(t, VA, (u64)page, 0, LEAF_S);
    EXPECT_VALUE(run(S_MODE, lr_sc, VA, 1), 0);
}

/* A page without R: LR and loads fault as loads, and with W in no page, all else as stores. */
TEST(execute_only)
{
    SNIPPET(lr, "lr.d a0, (a0)");
    SNIPPET(amo, "amoadd.d a0, a1, (a0)");
    SNIPPET(zero, "cbo.zero (a0)");

    csr_write(menvcfg, ENVCFG_CBZE);
    one_page(LEAF_S & ~PTE_RW);
    EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(S_MODE, lr, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(S_MODE, amo, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(S_MODE, zero, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
}

/* Block management looks at A, and not at D; CBO.ZERO at both; a prefetch at neither. */
TEST(cache_blocks_and_a_bits)
{
    SNIPPET(zero_block, "cbo.zero (a0)");
    SNIPPET(clean, "cbo.clean (a0)");
    SNIPPET(prefetches, "prefetch.r 0(a0)\nprefetch.w 0(a0)\nprefetch.i 0(a0)");

    csr_write(menvcfg, ENVCFG_CBZE | ENVCFG_CBCFE);
    one_page(LEAF_S & ~PTE_A & ~PTE_D);
    EXPECT_TRAP(run(S_MODE, clean, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    EXPECT_RETURN(run(S_MODE, prefetches, VA));
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_D);
    EXPECT_RETURN(run(S_MODE, clean, VA));
    EXPECT_TRAP(run(S_MODE, zero_block, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    csr_set(menvcfg, ENVCFG_ADUE);
    pt_map(t, VA, (u64)page, 0, LEAF_S & ~PTE_A & ~PTE_D);
    EXPECT_RETURN(run(S_MODE, prefetches, VA));
    CHECK_EQ(*pt_entry(t, VA, 0) & (PTE_A | PTE_D), 0);
    EXPECT_RETURN(run(S_MODE, clean, VA));
    CHECK_EQ(*pt_entry(t, VA, 0) & (PTE_A | PTE_D), PTE_A);
    EXPECT_RETURN(run(S_MODE, zero_block, VA));
    CHECK_EQ(*pt_entry(t, VA, 0) & (PTE_A | PTE_D), PTE_A | PTE_D);
}
