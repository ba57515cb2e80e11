/* Checks of loads and stores that meet one of a few pages, but mostly not that of the last time.
 *
 * Their site is of no use. So such a check is overwritten by a jump to one that looks into the
 * first level of the TLB, which an index must be made for; and then into the second. */
#include "hart/jit/host.h"

/* Looks are PATIENCE failures apart, and ENOUGH of them in turn must have found that there are not
 * more than SELDOM steps from one failure to the next. */
enum { SELDOM = 128, PATIENCE = 128, ENOUGH = 8 };

static bool in_first_level(const struct context *c, u64 va, bool store)
{
    const struct tlb_entry *table = store ? c->store : c->load;
    return table[va >> PAGE_SHIFT & (TLB_N - 1)].tag == (va & ~PAGE_OFFSET_MASK);
}

/* Fails the check often, and does the first level mostly have what fails? One look at a time. */
static bool shall_be_wide(struct hart *h, u64 va, const struct check *k)
{
    struct translations *t = h->translations;
    u64 now = h->limit - h->budget, steps = now - t->site_looked[k->store][k->site];
    u8 *found = &t->site_found[k->store][k->site];
    t->site_looked[k->store][k->site] = now;
    t->site_patience[k->store][k->site] = PATIENCE;
    bool good = steps <= SELDOM * PATIENCE && in_first_level(h->data, va, k->store);
    *found = good ? *found + 1 : 0;
    if (!good) check_fill(h, va, (unsigned)(k->high - k->low), k->store, k->early);
    return *found == ENOUGH;
}

void called_widen(struct hart *h, u64 va, u32 point)
{
    struct jit *j = h->jit;
    const struct check *k = &j->points[point].check;
    if (!shall_be_wide(h, va, k) || !jit_has_room(j)) return;
    u8 *start = j->code.at;
    struct code over = {k->at};
    jump_to(&over, start);
    make_wide(&j->code, k);
    jit_changed(j, k->at, over.at);
    jit_changed(j, start, j->code.at);
}
