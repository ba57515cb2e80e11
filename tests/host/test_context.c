/* Translation contexts and the software TLB: what is selected, what is kept, what a fence retires
 * (priv. spec 12.2.1, 22.3.2, 3.7.2), and the space that each kind of access sees
 * (3.1.6.3, 22.4.1).
 *
 * A fence must make the present tables count: that is the specification's. That it leaves other
 * entries where they are is the design's (hart/context.h), and is asserted as well. */
#include "tests/host/test_context.h"

/* ---- selection ---- */

static void test_mode_changes_select_and_keep(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 root = new_root(), va = 0x40000000;
    map(root, va, page_pa(DATA), 0, LEAF);
    enter_s(h, atp(root, 1));
    struct context *s = h->data;
    assert_ptr_equal(h->code, s);
    assert_ptr_equal(load(h, va), ram[DATA]);
    hart_set_mode(h, PRIV_U, false);
    assert_ptr_not_equal(h->data, s);
    assert_null(load(h, va)); /* not a user page */
    hart_set_mode(h, PRIV_U, true);
    hart_set_mode(h, PRIV_S, true);
    assert_ptr_not_equal(h->data, s);
    hart_set_mode(h, PRIV_M, false);
    assert_ptr_equal(load(h, page_pa(DATA + 1)), ram[DATA + 1]);
    hart_set_mode(h, PRIV_S, false);
    assert_ptr_equal(h->data, s);
    assert_ptr_equal(hit(s, va, ACCESS_LOAD), ram[DATA]);
    assert_null(hit(s, va, ACCESS_STORE));
    hart_free(h);
}

/* A write of satp selects another context, and back the first one with its entries. */
static void test_address_spaces_are_kept(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 a = new_root(), b = new_root(), va = 0x123456000;
    map(a, va, page_pa(DATA), 0, LEAF);
    map(b, va, page_pa(DATA + 1), 0, LEAF);
    enter_s(h, atp(a, 1));
    struct context *first = h->data;
    assert_ptr_equal(load(h, va + 8), ram[DATA] + 8);
    enter_s(h, atp(b, 2));
    assert_ptr_equal(load(h, va + 8), ram[DATA + 1] + 8);
    enter_s(h, atp(a, 1));
    assert_ptr_equal(h->data, first);
    assert_ptr_equal(hit(h->data, va, ACCESS_LOAD), ram[DATA]);
    hart_free(h);
}

/* More spaces than there are contexts: each is right whenever it comes back. */
static void test_more_spaces_than_contexts(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 roots[8], va = 0x7000;
    for (unsigned k = 0; k < 8; k++) {
        roots[k] = new_root();
        map(roots[k], va, page_pa(DATA + k), 0, LEAF);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (u64 asid = 0; asid < 3 * CONTEXT_N; asid++) {
            enter_s(h, atp(roots[asid % 8], asid));
            assert_ptr_equal(load(h, va), ram[DATA + asid % 8]);
            hart_set_mode(h, PRIV_M, false);
            assert_ptr_equal(load(h, page_pa(0)), ram[0]);
        }
    }
    hart_free(h);
}

/* Contexts made for other spaces never take the place of those in use, and a mode whose context was
 * given away gets one of its own again. */
static void test_contexts_given_away(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    hart_set_mode(h, PRIV_U, false);
    enter_s(h, atp(new_root(), 1));
    hart_set_mode(h, PRIV_U, false);
    hart_set_mode(h, PRIV_S, false);
    struct space used = h->data->space, user = space_of(h, PRIV_U, false);
    for (u64 asid = 2; asid < 3 * CONTEXT_N; asid++) {
        struct space other = used;
        other.atp = atp(RAM, asid);
        assert_true(space_equal(&context_of(h, &other)->space, &other));
        assert_true(space_equal(&h->data->space, &used) && space_equal(&h->code->space, &used));
    }
    hart_set_mode(h, PRIV_U, false);
    assert_true(space_equal(&h->data->space, &user));
    hart_free(h);
}

/* ---- what may be entered ---- */

static void test_what_is_entered(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 root = new_root(), va = 0x1000;
    map(root, va, page_pa(DATA), 0, LEAF & ~(u64)PTE_W & ~(u64)PTE_D);
    map(root, va + 0x1000, page_pa(DATA + 1), 0, LEAF);
    map(root, va + 0x2000, 0x10000000, 0, LEAF); /* no RAM there */
    enter_s(h, atp(root, 0));
    assert_ptr_equal(load(h, va), ram[DATA]);
    assert_null(tlb_fill(h, h->data, va, 1, ACCESS_STORE));
    assert_null(tlb_fill(h, h->data, va + 0xffc, 8, ACCESS_LOAD)); /* leaves the page */
    assert_ptr_equal(tlb_fill(h, h->data, va + 0x1000, 8, ACCESS_STORE), ram[DATA + 1]);
    assert_ptr_equal(tlb_fill(h, h->code, va, 4, ACCESS_FETCH), ram[DATA]);
    assert_null(load(h, va + 0x2000));
    assert_null(load(h, va + 0x3000));
    assert_null(hit(h->data, va + 0x3000, ACCESS_LOAD));
    hart_free(h);
}

static void test_flagged_pages(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 pa = page_pa(DATA + 2);
    assert_ptr_equal(tlb_fill(h, h->data, pa, 8, ACCESS_STORE), ram[DATA + 2]);
    assert_ptr_equal(load(h, pa), ram[DATA + 2]);
    flags[DATA + 2] = PAGE_CODE;
    contexts_forget_stores(h);
    assert_null(hit(h->data, pa, ACCESS_STORE));
    assert_ptr_equal(hit(h->data, pa, ACCESS_LOAD), ram[DATA + 2]);
    assert_null(tlb_fill(h, h->data, pa, 8, ACCESS_STORE));
    assert_ptr_equal(tlb_fill(h, h->data, pa + PAGE_SIZE, 8, ACCESS_STORE), ram[DATA + 3]);
    flags[DATA + 2] = 0;
    assert_ptr_equal(tlb_fill(h, h->data, pa, 8, ACCESS_STORE), ram[DATA + 2]);
    hart_free(h);
}

/* An empty slot hits for no address, the first and the last byte of all included. */
static void test_empty_slots(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    for (u64 n = 0; n < 2 * TLB_N; n++) {
        assert_null(hit(h->data, n << PAGE_SHIFT, ACCESS_LOAD));
        assert_null(hit(h->data, ~(n << PAGE_SHIFT), ACCESS_STORE));
    }
    hart_free(h);
}

/* PMP: a partly protected page is never entered; a write to PMP retires what was. */
static void test_pmp(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 pa = page_pa(DATA);
    enter_s(h, 0);
    assert_ptr_equal(load(h, pa), ram[DATA]);
    assert_ptr_equal(load(h, pa + PAGE_SIZE), ram[DATA + 1]);
    hart_set_mode(h, PRIV_M, false);
    csr_write(h, 0x3b0, (pa + 0x800) >> 2); /* 4 bytes without permission, then all */
    csr_write(h, 0x3b1, ~0ull);
    csr_write(h, 0x3a0, 2 << 3 | (u64)(3 << 3 | 7) << 8);
    hart_set_mode(h, PRIV_S, false);
    assert_null(hit(h->data, pa, ACCESS_LOAD));
    assert_null(load(h, pa));
    assert_ptr_equal(load(h, pa + PAGE_SIZE), ram[DATA + 1]);
    hart_free(h);
}

/* ---- fences ---- */

/* Two address spaces with the same two pages; the tables then change under them. */
struct two {
    struct hart *h;
    u64 root[2];
};
#define VA0 0x40000000ull
#define VA1 0x40001000ull

static struct two two_spaces(void)
{
    struct two t = {.h = new_hart()};
    for (unsigned k = 0; k < 2; k++) {
        t.root[k] = new_root();
        map(t.root[k], VA0, page_pa(DATA), 0, LEAF);
        map(t.root[k], VA1, page_pa(DATA + 1), 0, LEAF);
        enter_s(t.h, atp(t.root[k], k + 1));
        assert_ptr_equal(load(t.h, VA0), ram[DATA]);
        assert_ptr_equal(load(t.h, VA1), ram[DATA + 1]);
    }
    for (unsigned k = 0; k < 2; k++) {
        map(t.root[k], VA0, page_pa(DATA + 2), 0, LEAF);
        map(t.root[k], VA1, page_pa(DATA + 3), 0, LEAF);
    }
    return t;
}

/* After a fence: does space k (from 0) see the new tables at VA0 and VA1? */
static void check_two(const struct two *t, unsigned k, bool new0, bool new1)
{
    enter_s(t->h, atp(t->root[k], k + 1));
    const u8 *old0 = hit(t->h->data, VA0, ACCESS_LOAD), *old1 = hit(t->h->data, VA1, ACCESS_LOAD);
    assert_ptr_equal(old0, new0 ? NULL : ram[DATA]);
    assert_ptr_equal(old1, new1 ? NULL : ram[DATA + 1]);
    assert_ptr_equal(load(t->h, VA0), ram[DATA + (new0 ? 2 : 0)]);
    assert_ptr_equal(load(t->h, VA1), ram[DATA + (new1 ? 3 : 1)]);
}

static void test_sfence(void **state)
{
    (void)state;
    static const struct {
        bool by_va, by_id, new0[2], new1[2];
    } cases[] = {
        {false, false, {true, true},  {true, true}  },
        {true,  false, {true, true},  {false, false}},
        {false, true,  {false, true}, {false, true} },
        {true,  true,  {false, true}, {false, false}},
    };
    for (unsigned k = 0; k < 4; k++) {
        struct two t = two_spaces();
        u64 asid = 2 | (k & 1 ? 0xabcd0000 : 0); /* bits above ASIDMAX are ignored */
        fence(t.h, FENCE_VMA, cases[k].by_va, VA0 + 0x123, cases[k].by_id, asid);
        for (unsigned s = 0; s < 2; s++) check_two(&t, s, cases[k].new0[s], cases[k].new1[s]);
        hart_free(t.h);
    }
}

/* Fences of another regime touch nothing here. */
static void test_fences_of_guests_leave_hs(void **state)
{
    (void)state;
    struct two t = two_spaces();
    fence(t.h, FENCE_VVMA, false, 0, false, 0);
    fence(t.h, FENCE_GVMA, false, 0, false, 0);
    fence(t.h, FENCE_VMA, false, 0, true, 7);
    check_two(&t, 0, false, false);
    check_two(&t, 1, false, false);
    hart_free(t.h);
}

/* An address anywhere in a superpage (or a NAPOT range) retires every piece of it. */
static void check_large(unsigned level, u64 bits, u64 size)
{
    struct hart *h = new_hart();
    u64 root = new_root(), va = 0xc0000000, base = RAM, pa = page_pa(DATA) & ~0xffffull;
    if (bits & PTE_N)
        for (u64 k = 0; k < 16; k++) map(root, va + k * PAGE_SIZE, pa | 0x8000, 0, bits);
    else
        map(root, va, base, level, bits);
    enter_s(h, atp(root, 3));
    static const u64 offsets[] = {0x40000, 0x41000, 0x4f000};
    u64 low = bits & PTE_N ? 0xffff : ~0ull, first = bits & PTE_N ? pa - RAM : 0;
    for (unsigned k = 0; k < 3; k++) {
        u64 at = first + (offsets[k] & low);
        assert_ptr_equal(load(h, va + (offsets[k] & low)), ram[at >> PAGE_SHIFT]);
    }
    fence(h, FENCE_VMA, true, va + size - 8, false, 0);
    for (unsigned k = 0; k < 3; k++)
        assert_null(hit(h->data, va + (offsets[k] & low), ACCESS_LOAD));
    memset(entry_of(root, 3), 0, 8);
    for (unsigned k = 0; k < 3; k++) assert_null(load(h, va + (offsets[k] & low)));
    hart_free(h);
}

static void test_sfence_in_large_pages(void **state)
{
    (void)state;
    check_large(1, LEAF, 2 << 20);
    check_large(2, LEAF, 1 << 30);
    check_large(0, LEAF | PTE_N, 64 << 10);
}

/* A page of several in one fenced range, in every kind of access. */
static void test_sfence_retires_all_accesses(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 root = new_root();
    map(root, VA0, page_pa(DATA), 0, LEAF);
    enter_s(h, atp(root, 1));
    for (unsigned a = 0; a < ACCESS_SS_LOAD; a++)
        assert_ptr_equal(tlb_fill(h, h->data, VA0, 1, (enum access)a), ram[DATA]);
    map(root, VA0, page_pa(DATA + 1), 0, LEAF);
    fence(h, FENCE_VMA, true, VA0, false, 0);
    for (unsigned a = 0; a < ACCESS_SS_LOAD; a++)
        assert_ptr_equal(tlb_fill(h, h->data, VA0, 1, (enum access)a), ram[DATA + 1]);
    hart_free(h);
}

/* ---- guests ---- */

/* Two machines (VMIDs) with two address spaces each; all see VA0 at one page until it moves. */
struct guests {
    struct hart *h;
    u64 g_root[2], root[2];
};

static void enter_guest(const struct guests *g, unsigned vm, unsigned space)
{
    enter_vs(g->h, atp(g->root[space], space + 1), atp(g->g_root[vm], vm + 1));
}

static struct guests new_guests(void)
{
    struct guests g = {.h = new_hart()};
    for (unsigned k = 0; k < 2; k++) {
        g.g_root[k] = new_root();
        g.root[k] = new_root();
        map(g.g_root[k], RAM, RAM, 2, LEAF | PTE_U);
        map(g.root[k], VA0, page_pa(DATA), 0, LEAF);
    }
    for (unsigned k = 0; k < 4; k++) {
        enter_guest(&g, k >> 1, k & 1);
        assert_ptr_equal(load(g.h, VA0), ram[DATA]);
    }
    for (unsigned k = 0; k < 2; k++) map(g.root[k], VA0, page_pa(DATA + 1), 0, LEAF);
    return g;
}

/* fresh: bit vm * 2 + space for each that must see the new tables. */
static void check_guests(const struct guests *g, unsigned fresh)
{
    for (unsigned k = 0; k < 4; k++) {
        enter_guest(g, k >> 1, k & 1);
        assert_ptr_equal(load(g->h, VA0), ram[DATA + (fresh >> k & 1)]);
    }
}

static void test_fences_of_guests(void **state)
{
    (void)state;
    static const struct {
        enum fence_kind kind;
        bool by_va, by_id;
        u64 id;
        unsigned fresh;
    } cases[] = {
  /* with hgatp of the second machine */
        {FENCE_VVMA, false, false, 0,          0xc},
        {FENCE_VVMA, true,  false, 0,          0xc},
        {FENCE_VVMA, false, true,  1,          0x4},
        {FENCE_VVMA, true,  true,  2,          0x8},
        {FENCE_GVMA, false, false, 0,          0xf},
        {FENCE_GVMA, false, true,  1,          0x3},
        {FENCE_GVMA, false, true,  2 | 0x4000, 0xc}, /* bits above VMIDMAX are ignored */
        {FENCE_VMA,  false, false, 0,          0x0}, /* of HS: not the guests' tables */
    };
    for (unsigned k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct guests g = new_guests();
        enter_guest(&g, 1, 0);
        hart_set_mode(g.h, PRIV_S, false);
        fence(g.h, cases[k].kind, cases[k].by_va, VA0, cases[k].by_id, cases[k].id);
        check_guests(&g, cases[k].fresh);
        hart_free(g.h);
    }
}

/* SFENCE.VMA in the guest: vsatp's ASIDs under the present VMID (22.5.3). */
static void test_sfence_of_a_guest(void **state)
{
    (void)state;
    for (unsigned by_id = 0; by_id < 2; by_id++) {
        struct guests g = new_guests();
        enter_guest(&g, 0, 1);
        fence(g.h, FENCE_VMA, false, 0, by_id, 1);
        check_guests(&g, by_id ? 0x1 : 0x3);
        hart_free(g.h);
    }
}

/* HFENCE.GVMA by address: rs1 is the guest-physical address >> 2, and what mapped it is gone. */
static void test_hfence_gvma_by_address(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    u64 g_root = new_root(), va = 0x5000;
    map(g_root, va, page_pa(DATA), 0, LEAF | PTE_U);
    enter_vs(h, 0, atp(g_root, 1));
    assert_ptr_equal(load(h, va), ram[DATA]);
    map(g_root, va, page_pa(DATA + 1), 0, LEAF | PTE_U);
    fence(h, FENCE_GVMA, true, va >> 2, false, 0);
    assert_ptr_equal(load(h, va), ram[DATA + 1]);
    hart_free(h);
}

/* ---- generations ---- */

/* One context retired more often than there are marks: never an entry of an earlier life, and
 * another context keeps its own. 3 pages, as the number of marks is a power of 2. */
static void test_generations_wrap(void **state)
{
    (void)state;
    struct two t = two_spaces();
    struct hart *h = t.h;
    enter_s(h, atp(t.root[0], 1));
    assert_ptr_equal(load(h, VA0), ram[DATA]);
    struct context *first = h->data;
    enter_s(h, atp(t.root[1], 2));
    for (unsigned k = 0; k < 600000; k++) {
        unsigned page = DATA + 3 + k % 3;
        map(t.root[1], VA0, page_pa(page), 0, LEAF);
        context_retire(h, h->data);
        assert_ptr_equal(tlb_fill(h, h->data, VA0, 8, ACCESS_LOAD), ram[page]);
    }
    assert_ptr_equal(hit(first, VA0, ACCESS_LOAD), ram[DATA]);
    hart_free(h);
}

/* An entry that nobody touches while the marks go round once must not come back to life. There are
 * 2^18 marks, of which a context takes two at a time (hart/context.c), but what follows holds for
 * any number near that. */
static void test_entry_older_than_all_marks(void **state)
{
    (void)state;
    enum { MARKS = 1 << 17, NEAR = 300 };
    struct hart *h = new_hart();
    u64 root = new_root();
    map(root, VA0, page_pa(DATA), 0, LEAF);
    enter_s(h, atp(root, 1));
    assert_ptr_equal(load(h, VA0), ram[DATA]);
    map(root, VA0, page_pa(DATA + 1), 0, LEAF);
    for (unsigned k = 0; k < MARKS + NEAR; k++) {
        context_retire(h, h->data);
        if (k > MARKS - NEAR) assert_ptr_equal(load(h, VA0), ram[DATA + 1]);
    }
    hart_free(h);
}

/* ---- spaces ---- */

/* The effect of MPRV on loads and stores (22.4.1, table), and never on fetches. */
static void test_mprv(void **state)
{
    (void)state;
    static const struct {
        u64 mpp;
        bool mpv;
        u8 priv, virt;
    } table[] = {
        {0, false, PRIV_U, 0},
        {1, false, PRIV_S, 0},
        {3, false, PRIV_M, 0},
        {3, true,  PRIV_M, 0},
        {0, true,  PRIV_U, 1},
        {1, true,  PRIV_S, 1}
    };
    struct hart *h = new_hart();
    for (unsigned k = 0; k < 6; k++) {
        u64 status = table[k].mpp << 11 | (table[k].mpv ? STATUS_MPV : 0);
        csr_write(h, 0x300, status | STATUS_MPRV);
        assert_int_equal(h->data->space.priv, table[k].priv);
        assert_int_equal(h->data->space.virt, table[k].virt);
        assert_int_equal(h->code->space.priv, PRIV_M);
        csr_write(h, 0x300, status);
        assert_int_equal(h->data->space.priv, PRIV_M);
    }
    hart_free(h);
}

/* Which register rules which field of a space: 22.5 (MXR), 22.2.11 (SUM), 22.2.5 and 3.1.18 (ADUE,
 * PBMTE: menvcfg for S and for the G-stage, henvcfg for VS). */
static void test_what_spaces_are_made_of(void **state)
{
    (void)state;
    struct hart *h = new_hart();
    for (unsigned k = 0; k < 256; k++) {
        bool sum = k & 1, mxr = k & 2, vsum = k & 4, vmxr = k & 8, adue = k & 16, vadue = k & 32;
        bool pbmte = k & 64, vpbmte = k & 128;
        csr_write(h, 0x300, (u64)sum << 18 | (u64)mxr << 19);
        csr_write(h, 0x200, (u64)vsum << 18 | (u64)vmxr << 19);
        csr_write(h, 0x30a, (u64)adue << 61 | (u64)pbmte << 62);
        csr_write(h, 0x60a, (u64)vadue << 61 | (u64)vpbmte << 62);
        struct space s = space_of(h, PRIV_S, false), vs = space_of(h, PRIV_S, true);
        assert_true(s.sum == sum && s.mxr == mxr && s.adue == adue && s.pbmte == pbmte);
        assert_true(!s.gatp && !s.virt);
        assert_true(vs.sum == vsum && vs.mxr == (mxr || vmxr) && vs.gmxr == mxr);
        assert_true(vs.adue == (adue && vadue) && vs.gadue == adue);
        assert_true(vs.pbmte == (pbmte && vpbmte) && vs.gpbmte == pbmte && vs.virt);
    }
    hart_free(h);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mode_changes_select_and_keep),
        cmocka_unit_test(test_address_spaces_are_kept),
        cmocka_unit_test(test_more_spaces_than_contexts),
        cmocka_unit_test(test_contexts_given_away),
        cmocka_unit_test(test_what_is_entered),
        cmocka_unit_test(test_flagged_pages),
        cmocka_unit_test(test_empty_slots),
        cmocka_unit_test(test_pmp),
        cmocka_unit_test(test_sfence),
        cmocka_unit_test(test_fences_of_guests_leave_hs),
        cmocka_unit_test(test_sfence_in_large_pages),
        cmocka_unit_test(test_sfence_retires_all_accesses),
        cmocka_unit_test(test_fences_of_guests),
        cmocka_unit_test(test_sfence_of_a_guest),
        cmocka_unit_test(test_hfence_gvma_by_address),
        cmocka_unit_test(test_generations_wrap),
        cmocka_unit_test(test_entry_older_than_all_marks),
        cmocka_unit_test(test_mprv),
        cmocka_unit_test(test_what_spaces_are_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
