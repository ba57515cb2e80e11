/* The walker without a hart, against the one in test_walk.h, over random tables; and directed
 * tests of what is counted, of failing memory and of entries that change under the walker. */
#include "tests/host/test_walk_compare.h"

/* ---- random trials ---- */

static u64 random_atp(bool g, unsigned mode, unsigned width)
{
    if (!mode) return 0;
    u64 kind = (u64)(mode - 6) << 2 | (u64)g << 5;
    u64 ppn = (rnd() & MASK(width - 1, 0) & ~MASK(5, 2)) | kind;
    return (u64)mode << 60 | (rnd() & (g ? HGATP_VMID : SATP_ASID)) | (g ? ppn & ~3ull : ppn);
}

static void random_space(struct space *s, unsigned mode, unsigned g_mode, unsigned width)
{
    *s = (struct space){0};
    s->priv = pick(2) ? PRIV_S : PRIV_U;
    s->virt = pick(3) != 0;
    s->sum = (u8)pick(2), s->mxr = (u8)pick(2), s->gmxr = (u8)pick(2);
    s->adue = (u8)pick(2), s->gadue = (u8)pick(2);
    s->pbmte = (u8)pick(2), s->gpbmte = (u8)pick(2), s->napot = (u8)pick(2);
    s->sse = (u8)pick(2);
    if (pick(50) == 0) {
        s->priv = PRIV_M;
        s->virt = 0;
        return;
    }
    s->atp = random_atp(false, mode, width);
    if (s->virt) s->gatp = random_atp(true, g_mode, width);
}

/* An address that the scheme takes, and now and then one that it does not. */
static u64 random_va(const struct space *s)
{
    unsigned bits = 56;
    u64 va = rnd();
    if (s->atp >> 60)
        bits = (unsigned)(s->atp >> 60) * 9 - 33;
    else if (s->gatp >> 60)
        bits = (unsigned)(s->gatp >> 60) * 9 - 31;
    if (pick(20) == 0) return va ^ (pick(2) ? 0 : MASK(63, 40));
    if (s->atp >> 60) va = (u64)((s64)(va << (64 - bits)) >> (64 - bits));
    if (!(s->atp >> 60)) va &= MASK(bits - 1, 0);
    return pick(20) ? va : va ^ BIT(bits - 2 + pick(7));
}

static struct trial random_trial(u64 seed)
{
    static const unsigned modes[] = {ATP_BARE, ATP_SV39, ATP_SV48, ATP_SV57};
    static const unsigned flaws[] = {0, 0, 200, 40, 8};
    rng_state = seed;
    unsigned mode = modes[pick(4)], g_mode = modes[pick(4)];
    unsigned width = g_mode == ATP_SV39 ? 29 : g_mode == ATP_SV48 ? 38 : 44;
    struct trial t = {
        .world = {.seed = seed, .width = width}
    };
    t.world.flaws = flaws[pick(5)];
    t.world.leaves = pick(3) * 4;
    t.world.holes = pick(6) ? 0 : 30;
    t.world.user = pick(2);
    t.world.clean = pick(2);
    t.world.fancy = pick(2);
    t.world.fail_at = pick(10) ? 0 : 1 + pick(24);
    t.world.disturb_at = t.world.fail_at || pick(10) ? 0 : 1 + pick(3);
    random_space(&t.space, mode, g_mode, width);
    t.va = random_va(&t.space);
    t.access = (enum access)pick(ACCESS_N);
    return t;
}

enum { TRIALS = 400000 };

static void test_against_the_specification(void **state)
{
    (void)state;
    for (u64 k = 0; k < TRIALS; k++) {
        struct trial t = random_trial(mix(k + 1));
        compare(&t);
    }
    print_message("ok %u, page fault %u, guest fault %u (%u implicit), access fault %u; "
                  "%u wrote entries\n",
                  outcomes[0], outcomes[1], outcomes[2], implicits, outcomes[3], updates);
    for (unsigned k = 0; k < 4; k++) assert_true(outcomes[k] > TRIALS / 50);
    assert_true(implicits > TRIALS / 50);
    assert_true(shortened > TRIALS / 50);
    assert_true(updates > TRIALS / 50);
}

/* ---- directed ---- */

/* Tables without a flaw, only 4 KiB pages. */
static struct trial plain_trial(unsigned mode, unsigned g_mode)
{
    struct trial t = {
        .world = {.seed = 42, .width = 29},
          .va = 0x12345678
    };
    t.space.priv = PRIV_S;
    t.space.virt = 1;
    rng_state = 7;
    t.space.atp = random_atp(false, mode, 29);
    t.space.gatp = random_atp(true, g_mode, 29);
    return t;
}

/* m levels of n levels each and as many for the page itself: (m + 1)(n + 1) - 1 (DESIGN: the
 * figures are those every text on nested paging has). */
static void test_number_of_references(void **state)
{
    (void)state;
    static const unsigned mode[] = {ATP_SV39, ATP_SV48, ATP_SV57}, expected[] = {15, 24, 35};
    for (unsigned k = 0; k < 3; k++) {
        struct trial t = plain_trial(mode[k], mode[k]);
        struct memory m;
        struct walk w;
        run_walk(&t, &m, &w);
        assert_int_equal(w.outcome, WALK_OK);
        assert_int_equal(w.ref_n, expected[k]);
        assert_int_equal(m.accesses, expected[k]);
        assert_int_equal(w.first_shift, 12);
        assert_int_equal(w.g_shift, 12);
    }
}

/* Sv57 over Sv57x4 with every A and D to be set: the longest walk there is fits its record. */
static void test_longest_walk(void **state)
{
    (void)state;
    struct trial t = plain_trial(ATP_SV57, ATP_SV57);
    struct memory m;
    struct walk w;
    t.world.clean = true;
    t.space.adue = t.space.gadue = 1;
    t.access = ACCESS_STORE;
    unsigned longest = 0;
    for (t.world.seed = 1; t.world.seed < 5000; t.world.seed++) {
        run_walk(&t, &m, &w);
        assert_int_equal(w.outcome, WALK_OK);
        assert_int_equal(w.ref_n, m.accesses);
        if (w.ref_n > longest) longest = w.ref_n;
    }
    assert_true(longest > 40 && longest <= WALK_REF_MAX);
}

/* Fail each access of a walk in turn: an access fault, and nothing is touched after it. */
static void test_each_access_may_fail(void **state)
{
    (void)state;
    struct trial t = plain_trial(ATP_SV48, ATP_SV39);
    struct memory m;
    struct walk w;
    t.world.clean = true;
    t.space.adue = t.space.gadue = 1;
    t.access = ACCESS_STORE;
    run_walk(&t, &m, &w);
    assert_int_equal(w.outcome, WALK_OK);
    unsigned all = m.accesses;
    assert_true(all > 19 && m.swaps > 0);
    for (t.world.fail_at = 1; t.world.fail_at <= all; t.world.fail_at++) {
        run_walk(&t, &m, &w);
        assert_int_equal(w.outcome, WALK_ACCESS_FAULT);
        assert_int_equal(m.accesses, t.world.fail_at);
        assert_false(m.touched_after_failure);
    }
}

/* ---- an entry that changes under the walker ---- */

static struct {
    u64 entry;
    unsigned reads, swaps;
} lone;

static bool lone_read(void *arg, u64 pa, u64 *pte)
{
    (void)arg, (void)pa;
    lone.reads++;
    *pte = lone.entry;
    return true;
}

/* The first swap comes too late: the page has moved from 0x80000000 to 0xc0000000. */
static bool lone_swap(void *arg, u64 pa, u64 old, u64 new_pte, u64 *pte)
{
    (void)arg, (void)pa;
    if (lone.swaps++ == 0) lone.entry = (lone.entry & ~PTE_PPN) | 0xc0000ull << 10;
    *pte = lone.entry;
    if (lone.entry == old) lone.entry = new_pte;
    return true;
}

static void test_swap_that_comes_too_late(void **state)
{
    (void)state;
    const struct walk_memory calls = {NULL, lone_read, lone_swap, NULL};
    struct space s = {.atp = (u64)ATP_SV39 << 60 | 0x80000, .priv = PRIV_S, .adue = 1};
    struct walk w;
    lone.entry = 0x80000ull << 10 | PTE_V | PTE_R | PTE_W; /* a 1 GiB leaf */
    walk(&s, 0x1234567, ACCESS_STORE, &calls, NULL, &w);
    assert_int_equal(w.outcome, WALK_OK);
    assert_int_equal(w.pa, 0xc1234567);
    assert_int_equal(w.first_shift, 30);
    assert_int_equal(lone.reads, 2);
    assert_int_equal(lone.swaps, 2);
    assert_int_equal(lone.entry, 0xc0000ull << 10 | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
}

/* satp.MODE and hgatp.MODE as the tables in 12.1.11 and 22.2.10 have them; Sv64 is reserved. */
static void test_known_modes(void **state)
{
    (void)state;
    for (u64 mode = 0; mode < 16; mode++)
        assert_int_equal(walk_mode_known(mode), mode == 0 || (mode >= 8 && mode <= 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_specification),
        cmocka_unit_test(test_number_of_references),
        cmocka_unit_test(test_longest_walk),
        cmocka_unit_test(test_each_access_may_fail),
        cmocka_unit_test(test_swap_that_comes_too_late),
        cmocka_unit_test(test_known_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
