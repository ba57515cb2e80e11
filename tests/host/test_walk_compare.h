/* One walk by the walker and by the one in test_walk.h, compared: outcome, references, what is
 * written. */
#ifndef TEST_WALK_COMPARE_H
#define TEST_WALK_COMPARE_H

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

#endif
