/* Page-table edits and the fences that they call for (priv. spec 12.2.1, 22.3.2). */
#ifndef TESTS_RANDOM_FENCES_H
#define TESTS_RANDOM_FENCES_H

#include "tests/random/director.h"
#include "tests/random/emit.h"

/* A routine of the director's being written. */
struct routine {
    struct emitter e;
    struct world *w;
    u32 base; /* its offset in the image */
    unsigned constant_n;
};

/* Load a constant of the routine's; write one to a CSR through REG_CONST. */
void load_constant(struct routine *o, unsigned rd, u64 value);
void set_csr(struct routine *o, unsigned csr, u64 value);

/* A mode and the address spaces around it. */
struct place {
    const struct atp *satp, *vsatp, *hgatp;
    u8 priv;
    bool virt;
};

struct edit {
    const struct tree *tree;
    const struct slot *slot;
    u64 value;
};

/* An edit of any tree, or of one of the first stage. */
struct edit random_edit(struct world *w);
struct edit random_first_edit(struct world *w);

void make_edit(struct routine *o, const struct edit *edit);

/* All fences that the edit needs. hgatp is lost. */
void fence_edit(struct routine *o, const struct edit *edit);

/* All but one, which the stub whose number is returned makes in the place *to. The stub's operands
 * are loaded; it goes on at the address in STUB_TARGET. */
enum { STUB_ADDRESS = 5, STUB_ID = 7, STUB_TARGET = 6, STUB_SIZE = 64 };
unsigned fence_edit_below(struct routine *o, const struct edit *edit, struct place *to);

/* The stubs' page. */
void make_stubs(struct world *w);

#endif
