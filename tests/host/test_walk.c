/* The walker without a hart, against the one in test_walk.h, over random tables; and directed
 * tests of what is counted, of failing memory and of entries that change under the walker. */
#include "tests/host/test_walk.h"

/* ---- comparing ---- */

struct trial {
    struct world world;
    struct space space;
    u64 va;
    enum access access;
};

static const struct walk_memory callbacks = {NULL, memory_read, memory_swap, NULL};

static void run_walk(const struct trial *t, struct memory *m, struct walk *out)
{
    struct walk_memory calls = callbacks;
    *m = (struct memory){.world = &t->world};
    calls.arg = m;
    memset(out, 0xa5, sizeof *out);
    walk(&t->space, t->va, t->access, &calls, NULL, out);
}

/* The second of two walks over the same memory, with or without a cache between them. */
static void run_twice(const struct trial *t, struct memory *m, struct walk_cache *cache,
                      struct walk *out)
{
    struct walk_memory calls = callbacks;
    *m = (struct memory){.world = &t->world};
    calls.arg = m;
    for (unsigned k = 0; k < 2; k++) {
        memset(out, 0xa5, sizeof *out);
        walk(&t->space, t->va, t->access, &calls, cache, out);
    }
}

static void run_naive(const struct trial *t, struct memory *m, struct naive *n)
{
    *m = (struct memory){.world = &t->world};
    *n = (struct naive){.space = &t->space, .memory = m, .may_update = true};
    naive_walk(n, t->va, t->access);
}

static const char *difference(const struct trial *t, const struct walk *a, const struct walk *b)
{
    bool ok = a->outcome == WALK_OK;
    if (a->outcome != b->outcome) return "outcome";
    if (ok && a->pa != b->pa) return "pa";
    if (ok && a->allowed != b->allowed) return "allowed";
    if (ok && t->space.atp >> 60 && a->first_shift != b->first_shift) return "first_shift";
    if (ok && t->space.gatp >> 60 && a->g_shift != b->g_shift) return "g_shift";
    if (ok && t->space.virt && a->gpa != b->gpa) return "gpa";
    if (a->outcome != WALK_GUEST_FAULT) return NULL;
    if (a->gpa != b->gpa) return "gpa of the fault";
    if (a->implicit != b->implicit) return "implicit";
    if (a->implicit && a->implicit_store != b->implicit_store) return "implicit_store";
    return NULL;
}

static bool same_ref(const struct walk_ref *a, const struct walk_ref *b)
{
    return a->pa == b->pa && a->pte == b->pte && a->stage == b->stage && a->level == b->level &&
           a->store == b->store;
}

static const char *difference_of_refs(const struct walk *a, const struct walk *b)
{
    if (a->ref_n != b->ref_n) return "number of references";
    for (unsigned k = 0; k < a->ref_n; k++)
        if (!same_ref(&a->ref[k], &b->ref[k])) return "a reference";
    return NULL;
}

static const char *difference_of_memory(struct memory *a, struct memory *b)
{
    for (unsigned k = 0; k < a->stored_n; k++)
        if (entry_at(b, a->stored[k].pa) != a->stored[k].value) return "memory";
    return a->stored_n == b->stored_n ? NULL : "number of entries written";
}

static void show(const char *who, const struct walk *w)
{
    print_message("%s: outcome %u pa %" PRIx64 " gpa %" PRIx64 " implicit %u%u allowed %02x\n", who,
                  w->outcome, w->pa, w->gpa, w->implicit, w->implicit_store, w->allowed);
    for (unsigned k = 0; k < w->ref_n; k++)
        print_message("    %s level %u %s %" PRIx64 ": %016" PRIx64 "\n",
                      w->ref[k].stage == STAGE_G ? "G" : "first", w->ref[k].level,
                      w->ref[k].store ? "wrote" : "read", w->ref[k].pa, w->ref[k].pte);
}

static void show_trial(const struct trial *t, const struct walk *ours, const struct naive *theirs)
{
    const struct space *s = &t->space;
    print_message("va %" PRIx64 " access %u atp %" PRIx64 " gatp %" PRIx64
                  " priv %u virt %u sum %u mxr %u gmxr %u adue %u gadue %u pbmte %u gpbmte %u "
                  "napot %u sse %u\n",
                  t->va, t->access, s->atp, s->gatp, s->priv, s->virt, s->sum, s->mxr, s->gmxr,
                  s->adue, s->gadue, s->pbmte, s->gpbmte, s->napot, s->sse);
    show("walk()", ours);
    show("the specification", &theirs->out);
}

static unsigned outcomes[4], implicits, updates;

static unsigned shortened;

/* A cache of last tables changes nothing but the number of references. */
static const char *difference_by_cache(const struct trial *t)
{
    static struct memory m1, m2;
    static struct walk_cache cache;
    static struct walk with, without;
    if (t->world.fail_at || t->world.disturb_at) return NULL; /* they count references */
    walk_cache_clear(&cache);
    run_twice(t, &m1, &cache, &with);
    run_twice(t, &m2, NULL, &without);
    shortened += with.ref_n < without.ref_n;
    const char *wrong = difference(t, &with, &without);
    return wrong ? wrong : difference_of_memory(&m1, &m2);
}

static void compare(const struct trial *t)
{
    static struct memory m1, m2;
    static struct naive n;
    static struct walk w;
    run_walk(t, &m1, &w);
    run_naive(t, &m2, &n);
    n.out.allowed = n.out.outcome == WALK_OK ? naive_allowed(&n, t->va) : 0;
    const char *wrong = difference(t, &w, &n.out);
    if (!wrong) wrong = difference_of_memory(&m1, &m2);
    bool again = t->world.disturb_at && m2.swaps >= t->world.disturb_at; /* then refs are free */
    if (!wrong && !again) wrong = difference_of_refs(&w, &n.out);
    if (!wrong && m1.touched_after_failure) wrong = "access after a failed one";
    if (!wrong) wrong = difference_by_cache(t);
    outcomes[n.out.outcome]++;
    implicits += n.out.outcome == WALK_GUEST_FAULT && n.out.implicit;
    updates += m2.stored_n > 0;
    if (!wrong) return;
    show_trial(t, &w, &n);
    fail_msg("seed %" PRIx64 ": %s", t->world.seed, wrong);
}

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
