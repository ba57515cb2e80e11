#include "tests/random/fences.h"

enum { REG_ADDRESS = REG_COPY, REG_ID = REG_LOOP };

/* ---- edits ---- */

/* Mostly entries of the pages that random_data favours. */
static const struct slot *random_slot(struct rng *r, const struct tree *tree)
{
    const struct slot *s;
    do s = &tree->slot[below(r, tree->slot_n)];
    while (!is_hot(s->va) && s->leaf && !s->level && chance(r, 85));
    return s;
}

static struct edit edit_of(struct world *w, const struct tree *tree)
{
    const struct slot *slot = random_slot(w->r, tree);
    return (struct edit){tree, slot, rewritten(w->r, tree, slot)};
}

struct edit random_first_edit(struct world *w)
{
    return edit_of(w, &w->tables->first[below(w->r, FIRST_N)]);
}

struct edit random_edit(struct world *w)
{
    if (chance(w->r, 65)) return random_first_edit(w);
    return edit_of(w, &w->tables->g[below(w->r, G_N)]);
}

void make_edit(struct routine *o, const struct edit *edit)
{
    load_constant(o, REG_ADDRESS, edit->slot->pte_pa);
    load_constant(o, REG_CONST, edit->value);
    emit(&o->e, OP_sd, 0, REG_ADDRESS, REG_CONST, 0);
    emit(&o->e, OP_addi, REG_ADDRESS, 0, 0, 0);
}

u64 address_in(struct rng *r, const struct edit *edit)
{
    u64 size = 1ull << (PAGE_SHIFT + 9 * edit->slot->level);
    return edit->slot->va + (rng_bits(r) & (size - 1));
}

bool may_name_id(const struct edit *edit)
{
    return edit->tree->g || !((edit->slot->value | edit->value) & PTE_G);
}

/* ---- fences ---- */

/* One fence with the operands chosen: address and ID in registers or x0. */
static void one_fence(struct routine *o, const struct edit *edit, unsigned op, bool by_address,
                      bool by_id, u64 id)
{
    u64 address = address_in(o->w->r, edit);
    if (by_address) load_constant(o, REG_ADDRESS, edit->tree->g ? address >> 2 : address);
    if (by_id) load_constant(o, REG_ID, id);
    emit(&o->e, op, 0, by_address ? REG_ADDRESS : 0, by_id ? REG_ID : 0, 0);
}

/* As many fences of one kind as cover all the tree's IDs. A pointer's edit takes a fence without
 * address. */
static void fences(struct routine *o, const struct edit *edit, unsigned op)
{
    struct rng *r = o->w->r;
    bool by_address = edit->slot->leaf && chance(r, 70);
    bool by_id = may_name_id(edit) && chance(r, 60);
    for (unsigned k = 0; k < (by_id ? TREE_ID_N : 1); k++)
        one_fence(o, edit, op, by_address, by_id, edit->tree->id[k]);
}

/* The fences of one space, or with it left out, those that must be made all the same. */
static void fences_but(struct routine *o, const struct edit *edit, unsigned op,
                       const struct left_out *but)
{
    if (!but)
        fences(o, edit, op);
    else if (but->only_id)
        one_fence(o, edit, op, false, true, edit->tree->id[!but->id]);
}

void fence_edit_but(struct routine *o, const struct edit *edit, const struct left_out *but)
{
    bool halves = chance(o->w->r, 25); /* Svinval */
    if (halves) emit(&o->e, OP_sfence_w_inval, 0, 0, 0, 0);
    fences_but(o, edit, halves ? OP_sinval_vma : OP_sfence_vma, but && !but->guest ? but : NULL);
    for (unsigned k = 0; k < VMID_N; k++) {
        bool here = but && but->guest && but->vmid == vmids[k];
        set_csr(o, 0x680, vmids[k] << 44); /* HFENCE.VVMA acts on hgatp's VMID */
        fences_but(o, edit, halves ? OP_hinval_vvma : OP_hfence_vvma, here ? but : NULL);
    }
    if (halves) emit(&o->e, OP_sfence_inval_ir, 0, 0, 0, 0);
}

void fence_edit(struct routine *o, const struct edit *edit)
{
    if (edit->tree->g)
        fences(o, edit, OP_hfence_gvma);
    else
        fence_edit_but(o, edit, NULL);
}
