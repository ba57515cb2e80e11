/* Page-table edits and the fences that they call for (priv. spec 12.2.1, 22.3.2). */
#ifndef TESTS_RANDOM_FENCES_H
#define TESTS_RANDOM_FENCES_H

#include "tests/random/routine.h"

struct edit {
    const struct tree *tree;
    const struct slot *slot;
    u64 value;
};

/* An edit of any tree, or of one of the first stage. */
struct edit random_edit(struct world *w);
struct edit random_first_edit(struct world *w);

void make_edit(struct routine *o, const struct edit *edit);

/* An address that the edited entry maps. */
u64 address_in(struct rng *r, const struct edit *edit);

/* Global entries are not concerned by fences with an ASID (12.2.1). */
bool may_name_id(const struct edit *edit);

/* All fences that the edit needs. hgatp is lost. */
void fence_edit(struct routine *o, const struct edit *edit);

/* Of a first-stage edit, all fences but those for one address space (HS's; or that of guests with a
 * VMID), and with only_id that space's but those for one ID of the tree's. */
struct left_out {
    bool guest;
    u64 vmid;
    bool only_id;
    unsigned id;
};
void fence_edit_but(struct routine *o, const struct edit *edit, const struct left_out *but);

#endif
