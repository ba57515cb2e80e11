/* Drawing single instructions from the row tables. A new row is drawn as soon as it exists: its
 * class follows from its encoding. */
#ifndef TESTS_RANDOM_DRAW_H
#define TESTS_RANDOM_DRAW_H

#include "tests/random/rng.h"

enum draw_class {
    DRAW_ALU,
    DRAW_LOAD,
    DRAW_STORE,
    DRAW_AMO,
    DRAW_BRANCH,
    DRAW_JAL,
    DRAW_JALR,
    DRAW_FP,
    DRAW_CACHE, /* fence, fence.i, cache blocks */
    DRAW_CSR,
    DRAW_GUEST,   /* hlv, hsv */
    DRAW_FENCE,   /* sfence, hfence, sinval... with operands */
    DRAW_CONTROL, /* ecall, xret, wfi... without operands */
    DRAW_CLASS_N,
    DRAW_COMPRESSED = DRAW_CLASS_N,
    DRAW_ANY_N
};

/* What a program likes: weights of the classes, and how wild it is. */
struct taste {
    u16 weight[DRAW_ANY_N];
    bool wild_pmp;  /* PMP registers are written at random */
    bool wild_vec;  /* stvec and vstvec too */
    bool wild_lock; /* and mseccfg */
};

/* Build the tables; call once, after decode_init and csr_init. */
void draw_init(void);

/* One instruction of a random class, or of the class given. */
u32 draw(struct rng *r, const struct taste *t);
u32 draw_of(struct rng *r, const struct taste *t, enum draw_class class);

/* A register to keep a value in; one that holds an address of data; one that holds one of code. */
unsigned value_register(struct rng *r);
unsigned pointer_register(struct rng *r);
unsigned code_register(struct rng *r);
bool is_pointer_register(unsigned x);
bool is_code_register(unsigned x);

#endif
