#include "hart/jit/tree.h"

#include <stdlib.h>

static struct node *new_node(struct pool *p, enum node_op op)
{
    if (p->used == POOL_N) abort(); /* no row is as large as that */
    struct node *n = &p->node[p->used++];
    *n = (struct node){.op = (u8)op};
    return n;
}

const struct node *tree_k(struct pool *p, u64 k)
{
    struct node *n = new_node(p, NODE_K);
    n->known = true;
    n->k = k;
    return n;
}

const struct node *tree_reg(struct pool *p, unsigned reg, bool known, u64 k)
{
    if (!reg) return tree_k(p, 0);
    struct node *n = new_node(p, NODE_REG);
    n->reg = (u8)reg;
    n->known = known;
    n->k = k;
    return n;
}

const struct node *tree_unary(struct pool *p, enum node_op op, const struct node *a)
{
    struct node *n = new_node(p, op);
    n->a = a;
    return n;
}

static u64 narrow(enum type t, u64 v)
{
    unsigned unused = 64 - 8 * type_size(t);
    return t >= TYPE_u8 ? v << unused >> unused : (u64)((s64)(v << unused) >> unused);
}

const struct node *tree_typed(struct pool *p, enum node_op op, enum type t, const struct node *a)
{
    if (op == NODE_NARROW && type_size(t) == 8) return a;
    if (op == NODE_NARROW && a->known && a->op != NODE_SLL32) return tree_k(p, narrow(t, a->k));
    struct node *n = new_node(p, op);
    n->type = (u8)t;
    n->a = a;
    return n;
}

/* The value of an operation on constants, when it is one that code is full of. */
static bool fold(enum node_op op, u64 a, u64 b, u64 *out)
{
    switch (op) {
    case NODE_ADD: *out = a + b; return true;
    case NODE_SUB: *out = a - b; return true;
    case NODE_AND: *out = a & b; return true;
    case NODE_OR: *out = a | b; return true;
    case NODE_XOR: *out = a ^ b; return true;
    case NODE_SLL: *out = a << (b & 63); return true;
    case NODE_SRL: *out = a >> (b & 63); return true;
    case NODE_SRA: *out = (u64)((s64)a >> (b & 63)); return true;
    case NODE_SLL32: *out = (u32)a << (b & 31); return true;
    default: return false;
    }
}

static bool commutes(enum node_op op)
{
    return op == NODE_ADD || op == NODE_AND || op == NODE_OR || op == NODE_XOR || op == NODE_MUL;
}

/* a op 0 is a */
static bool zero_is_neutral(enum node_op op)
{
    return op == NODE_ADD || op == NODE_SUB || op == NODE_OR || op == NODE_XOR ||
           (op >= NODE_SLL && op <= NODE_SRA);
}

const struct node *tree_binary(struct pool *p, enum node_op op, const struct node *a,
                               const struct node *b)
{
    u64 k;
    if (a->known && b->known && fold(op, a->k, b->k, &k)) return tree_k(p, k);
    if (commutes(op) && a->known && !b->known) {
        const struct node *t = a;
        a = b;
        b = t;
    }
    if (node_is(b, 0) && zero_is_neutral(op)) return a;
    struct node *n = new_node(p, op);
    n->a = a;
    n->b = b;
    return n;
}

const struct node *tree_f(struct pool *p, unsigned reg)
{
    struct node *n = new_node(p, NODE_F);
    n->reg = (u8)reg;
    return n;
}

const struct node *tree_fp(struct pool *p, enum node_op op, unsigned width, const struct node *a,
                           const struct node *b, const struct node *c)
{
    struct node *n = new_node(p, op);
    n->width = (u8)width;
    n->a = a;
    n->b = b;
    n->c = c;
    return n;
}

const struct node *tree_select(struct pool *p, const struct node *condition, const struct node *a,
                               const struct node *b)
{
    struct node *n = new_node(p, NODE_SELECT);
    n->a = condition;
    n->b = a;
    n->c = b;
    return n;
}
