#include "tests/random/fences.h"

enum { REG_ADDRESS = REG_COPY, REG_ID = REG_LOOP };

/* ---- edits ---- */

static struct edit edit_of(struct world *w, const struct tree *tree)
{
    const struct slot *slot = &tree->slot[below(w->r, tree->slot_n)];
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

/* ---- fences ---- */

/* An address within the edited leaf; a pointer's edit takes a fence without address. */
static u64 address_in(struct world *w, const struct edit *edit)
{
    u64 size = 1ull << (PAGE_SHIFT + 9 * edit->slot->level);
    return edit->slot->va + (rng_bits(w->r) & (size - 1));
}

/* Global entries are not concerned by fences with an ASID (12.2.1). */
static bool may_name_id(const struct edit *edit)
{
    return edit->tree->g || !((edit->slot->value | edit->value) & PTE_G);
}

/* One fence with the operands chosen: address and ID in registers or x0. */
static void one_fence(struct routine *o, const struct edit *edit, unsigned op, bool by_address,
                      bool by_id, u64 id)
{
    u64 address = address_in(o->w, edit);
    if (by_address) load_constant(o, REG_ADDRESS, edit->tree->g ? address >> 2 : address);
    if (by_id) load_constant(o, REG_ID, id);
    emit(&o->e, op, 0, by_address ? REG_ADDRESS : 0, by_id ? REG_ID : 0, 0);
}

/* As many fences of one kind as cover all the tree's IDs. */
static void fences(struct routine *o, const struct edit *edit, unsigned op)
{
    struct rng *r = o->w->r;
    bool by_address = edit->slot->leaf && chance(r, 70);
    bool by_id = may_name_id(edit) && chance(r, 60);
    for (unsigned k = 0; k < (by_id ? TREE_ID_N : 1); k++)
        one_fence(o, edit, op, by_address, by_id, edit->tree->id[k]);
}

/* The address space of a VMID: what HFENCE.VVMA acts on. */
static void select_vmid(struct routine *o, u64 vmid)
{
    set_csr(o, 0x680, vmid << 44);
}

static void fence_vmids(struct routine *o, const struct edit *edit, unsigned op, u64 but)
{
    for (unsigned k = 0; k < VMID_N; k++) {
        if (vmids[k] == but) continue;
        select_vmid(o, vmids[k]);
        fences(o, edit, op);
    }
}

void fence_edit(struct routine *o, const struct edit *edit)
{
    bool halves = chance(o->w->r, 25); /* Svinval */
    if (halves) emit(&o->e, OP_sfence_w_inval, 0, 0, 0, 0);
    if (edit->tree->g) {
        fences(o, edit, halves ? OP_hinval_gvma : OP_hfence_gvma);
    } else {
        fences(o, edit, halves ? OP_sinval_vma : OP_sfence_vma);
        fence_vmids(o, edit, halves ? OP_hinval_vvma : OP_hfence_vvma, ~0ull);
    }
    if (halves) emit(&o->e, OP_sfence_inval_ir, 0, 0, 0, 0);
}

/* ---- fences made below M-mode ---- */

/* Stub k: bits 0 and 1 say whether the fence has an address and an ID; SFENCE.VMA, HFENCE.VVMA. */
enum { STUB_BY_ADDRESS = 1, STUB_BY_ID = 2, STUB_VVMA = 4, STUB_N = 8 };

void make_stubs(struct world *w)
{
    for (unsigned k = 0; k < STUB_N; k++) {
        u32 at = image_offset(STUB_PA + k * STUB_SIZE);
        struct emitter e = {w->p, at, at + STUB_SIZE, true};
        emit(&e, k & STUB_VVMA ? OP_hfence_vvma : OP_sfence_vma, 0,
             k & STUB_BY_ADDRESS ? STUB_ADDRESS : 0, k & STUB_BY_ID ? STUB_ID : 0, 0);
        emit(&e, OP_ecall, 0, 0, 0, 0);
        emit(&e, OP_jalr, 0, STUB_TARGET, 0, 0);
    }
}

/* The value that installs the edited tree with this one of its IDs. */
static const struct atp *value_of(const struct tables *t, const struct tree *tree, unsigned id)
{
    return &t->first_value[(tree - t->first) * TREE_ID_N + id];
}

static u64 vmid_of(const struct atp *hgatp)
{
    return (hgatp->value & HGATP_VMID) >> 44;
}

/* A value of hgatp that leaves the stub reachable. */
static const struct atp *good_hgatp(struct world *w)
{
    const struct atp *v;
    do v = &w->tables->g_value[below(w->r, w->tables->g_value_n)];
    while (v->tree == TREE_BAD);
    return v;
}

unsigned fence_edit_below(struct routine *o, const struct edit *edit, struct place *to)
{
    struct world *w = o->w;
    unsigned id = below(w->r, TREE_ID_N), kind = below(w->r, 3); /* HS; HS for VS; VS */
    bool by_address = edit->slot->leaf && chance(w->r, 70), same = edit->tree->id[0] ==
                                                                   edit->tree->id[1];
    bool by_id = may_name_id(edit) && same && chance(w->r, 60);
    const struct atp *value = value_of(w->tables, edit->tree, id);
    *to = (struct place){value, value, good_hgatp(w), PRIV_S, kind == 2};
    fence_vmids(o, edit, OP_hfence_vvma, kind ? vmid_of(to->hgatp) : ~0ull);
    if (kind) fences(o, edit, OP_sfence_vma);
    load_constant(o, STUB_ADDRESS, address_in(w, edit));
    load_constant(o, STUB_ID, edit->tree->id[id]);
    return (by_address ? STUB_BY_ADDRESS : 0) | (by_id ? STUB_BY_ID : 0) |
           (kind == 1 ? STUB_VVMA : 0);
}
