/* Expression trees: what the words of a row build while it is translated. Leaves are guest
 * registers and constants; constants fold as a tree grows, so that lui + addi is one and x + 0 is
 * x. Nothing here knows the host. */
#ifndef HART_JIT_TREE_H
#define HART_JIT_TREE_H

#include "hart/types.h"

enum node_op {
    NODE_K,    /* constant k */
    NODE_REG,  /* guest register; when known, it holds the constant k now */
    NODE_F,    /* floating-point register, all 64 bits of it */
    NODE_IT,   /* the row's temporary */
    NODE_LOAD, /* of type, at a */
    NODE_ADD,
    NODE_SUB,
    NODE_AND,
    NODE_OR,
    NODE_XOR,
    NODE_SLL,
    NODE_SRL,
    NODE_SRA,
    NODE_SLL32, /* the *32 operations define the low half of their result only */
    NODE_SRL32,
    NODE_SRA32,
    NODE_NARROW, /* a cut to type and extended again */
    NODE_EQ,
    NODE_NE,
    NODE_LT,
    NODE_GE,
    NODE_LTU,
    NODE_GEU,
    NODE_SELECT, /* a, a comparison, ? b : c */
    NODE_MUL,
    NODE_MULH,
    NODE_MULHU,
    NODE_DIV,
    NODE_DIVU,
    NODE_REM,
    NODE_REMU,
    NODE_DIV32,
    NODE_DIVU32,
    NODE_REM32,
    NODE_REMU32,
    NODE_CLZ,
    NODE_CTZ,
    NODE_CLZ32,
    NODE_CTZ32,
    NODE_CPOP,
    NODE_REV8,
    NODE_FADD, /* on values of width bits, rounded to nearest */
    NODE_FSUB,
    NODE_FMUL,
    NODE_FDIV,
    NODE_FSQRT,
    NODE_FFMA,
    NODE_FFROM,    /* from an integer of 64 bits */
    NODE_FCONVERT, /* from width bits to the other width */
    NODE_FEQ,
    NODE_FLT,
    NODE_FLE,
    NODE_FNEAREST, /* to an integer of type, rounded so */
    NODE_FTRUNCATE,
    NODE_COLD /* no code is made for this: the row is called as a whole */
};

/* Types of memory and of NARROW. */
enum type { TYPE_s8, TYPE_s16, TYPE_s32, TYPE_s64, TYPE_u8, TYPE_u16, TYPE_u32, TYPE_u64 };
static inline unsigned type_size(enum type t)
{
    return 1u << (t & 3);
}

struct node {
    u8 op;    /* enum node_op */
    u8 type;  /* enum type: LOAD, NARROW */
    u8 reg;   /* REG, F */
    u8 width; /* floating point: 32 or 64 */
    bool known;
    u64 k;
    const struct node *a, *b, *c;
};

/* The nodes of one row. */
enum { POOL_N = 64 };
struct pool {
    struct node node[POOL_N];
    unsigned used;
};

const struct node *tree_k(struct pool *p, u64 k);
const struct node *tree_reg(struct pool *p, unsigned reg, bool known, u64 k);
const struct node *tree_unary(struct pool *p, enum node_op op, const struct node *a);
const struct node *tree_typed(struct pool *p, enum node_op op, enum type t, const struct node *a);
const struct node *tree_binary(struct pool *p, enum node_op op, const struct node *a,
                               const struct node *b);
const struct node *tree_f(struct pool *p, unsigned reg);
const struct node *tree_fp(struct pool *p, enum node_op op, unsigned width, const struct node *a,
                           const struct node *b, const struct node *c);
const struct node *tree_select(struct pool *p, const struct node *condition, const struct node *a,
                               const struct node *b);

/* Is its value a floating-point number? */
static inline bool node_is_fp(const struct node *n)
{
    return n->op >= NODE_FADD && n->op <= NODE_FCONVERT;
}

static inline bool node_is_leaf(const struct node *n)
{
    return n->op == NODE_REG || n->op == NODE_IT || n->op == NODE_F;
}

static inline bool node_is(const struct node *n, u64 k)
{
    return n->known && n->k == k;
}

#endif
