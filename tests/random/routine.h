/* Writing the director's routines (director.c). While one runs, REG_VAULT points at it; its
 * constants lie behind its instructions. */
#ifndef TESTS_RANDOM_ROUTINE_H
#define TESTS_RANDOM_ROUTINE_H

#include "tests/random/director.h"
#include "tests/random/emit.h"

/* Offsets in a routine, and what REG_VAULT is ahead of its start. */
enum {
    ROUTINE_SHIFT = 11,
    CONSTANTS = 1024,
    CONSTANT_MAX = 128,
    BIAS = 0x120,
};

struct routine {
    struct emitter e;
    struct world *w;
    u32 base; /* its offset in the image */
    unsigned constant_n;
};

/* A mode and the address spaces around it. */
struct place {
    const struct atp *satp, *vsatp, *hgatp;
    u8 priv;
    bool virt;
};

/* Begin the routine at an offset in the vault. */
struct routine begin(struct world *w, u64 offset);

/* Load a constant; write one to a CSR, set or clear bits of a CSR by one: through REG_CONST. */
void load_constant(struct routine *o, unsigned rd, u64 value);
void set_csr(struct routine *o, unsigned csr, u64 value);
void set_bits(struct routine *o, unsigned csr, u64 bits);
void clear_bits(struct routine *o, unsigned csr, u64 bits);

/* Prepare for mret to lead to pc in a place. */
void go(struct routine *o, const struct place *to, u64 pc);

/* Clear the director's registers and return. */
void leave(struct routine *o);

u64 random_status(struct rng *r);
static inline u64 maybe(struct rng *r, unsigned percent, u64 bits)
{
    return chance(r, percent) ? bits : 0;
}

/* Code as it is seen through a value of satp or vsatp; the tree that counts in a place. */
u64 random_code_view(struct world *w, s8 tree, bool user);
s8 tree_of(const struct place *to);

#endif
