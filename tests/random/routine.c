#include "tests/random/routine.h"
#include "hart/csrbits.h"

#include <stdlib.h>

/* It begins with a landing pad, since the director gets there by a jump. */
struct routine begin(struct world *w, u64 offset)
{
    u32 at = image_offset(VAULT_PA + offset);
    struct routine o = {
        {w->p, at, at + CONSTANTS, true},
        w, at, 0
    };
    emit(&o.e, OP_lpad, 0, 0, 0, 0);
    return o;
}

void load_constant(struct routine *o, unsigned rd, u64 value)
{
    u32 at = CONSTANTS + 8 * o->constant_n++;
    if (o->constant_n > CONSTANT_MAX) abort(); /* the generator misjudged a routine */
    put_u64(o->e.p, o->base + at, value);
    emit(&o->e, OP_ld, rd, REG_VAULT, 0, (s32)at - BIAS);
}

void set_csr(struct routine *o, unsigned csr, u64 value)
{
    load_constant(o, REG_CONST, value);
    emit_csr(&o->e, OP_csrrw, csr, REG_CONST);
}

void set_bits(struct routine *o, unsigned csr, u64 bits)
{
    load_constant(o, REG_CONST, bits);
    emit_csr(&o->e, OP_csrrs, csr, REG_CONST);
}

void clear_bits(struct routine *o, unsigned csr, u64 bits)
{
    load_constant(o, REG_CONST, bits);
    emit_csr(&o->e, OP_csrrc, csr, REG_CONST);
}

/* Nothing of the director's may stay in registers (program.h). */
void leave(struct routine *o)
{
    emit(&o->e, OP_addi, REG_CONST, 0, 0, 0);
    emit(&o->e, OP_addi, REG_VAULT, 0, 0, 0);
    emit(&o->e, OP_mret, 0, 0, 0, 0);
}

u64 random_status(struct rng *r)
{
    return maybe(r, 50, STATUS_SIE) | maybe(r, 50, STATUS_SPIE) | maybe(r, 50, STATUS_SPP) |
           (chance(r, 92) ? (u64)(1 + below(r, 3)) << 13 : 0) | maybe(r, 60, STATUS_SUM) |
           maybe(r, 25, STATUS_MXR);
}

static u64 random_mstatus(struct rng *r, const struct place *to)
{
    return random_status(r) | maybe(r, to->priv == PRIV_M ? 85 : 50, STATUS_MPIE) |
           maybe(r, 8, STATUS_TVM) | maybe(r, 8, STATUS_TW) | maybe(r, 8, STATUS_TSR) |
           (u64)to->priv << STATUS_MPP_SHIFT | (to->virt ? STATUS_MPV : 0);
}

void go(struct routine *o, const struct place *to, u64 pc)
{
    struct rng *r = o->w->r;
    set_csr(o, 0x180, to->satp->value);
    set_csr(o, 0x280, to->vsatp->value);
    set_csr(o, 0x680, to->hgatp->value);
    if (chance(r, 60)) set_csr(o, 0x200, random_status(r));
    set_csr(o, 0x341, pc);
    clear_bits(o, 0x300, ~(u64)(STATUS_MIE | STATUS_MPRV));
    set_bits(o, 0x300, random_mstatus(r, to));
}

u64 random_code_view(struct world *w, s8 tree, bool user)
{
    u64 offset = random_code(w);
    if (tree < 0) return MAIN_PA + offset;
    if (user) return VIEW_USER + offset;
    return (chance(w->r, 80) ? VIEW_IDENTITY : VIEW_HIGH) + offset;
}

s8 tree_of(const struct place *to)
{
    return to->priv == PRIV_M ? TREE_BARE : to->virt ? to->vsatp->tree : to->satp->tree;
}
