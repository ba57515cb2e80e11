/* Each routine of an experiment goes to a stub, which makes the access in HS- or VS-mode and comes
 * back with an ecall. A fence may be left to the stub: then nothing may happen before it, so
 * interrupts are off, and the stub is on a page that no edit concerns. */
#include "tests/random/experiment.h"
#include "hart/csrbits.h"
#include "mmu/pmp.h"
#include "tests/random/aims.h"

enum { X_ADDRESS = 5, X_TARGET = 6, X_ID = 7, X_VALUE = 4, X_ACCESS = REG_COPY };

enum how { HOW_LOAD, HOW_STORE, HOW_CALL, HOW_HLV, HOW_HLVX, HOW_N };
enum stub_fence { STUB_NONE, STUB_VMA, STUB_VVMA, STUB_INVAL, STUB_FENCE_N };

/* What a stub does: a fence with or without address and ID, an access. */
struct stub {
    enum stub_fence fence;
    bool by_address, by_id;
    enum how how;
};
enum { STUB_SIZE = 32 };

static u64 stub_pa(struct stub s)
{
    unsigned n = ((s.fence * 2u + s.by_address) * 2u + s.by_id) * HOW_N + s.how;
    return STUB_PA + (u64)n * STUB_SIZE;
}

static void make_stub(struct world *w, struct stub s)
{
    static const u16 fences[] = {
        [STUB_VMA] = OP_sfence_vma, [STUB_VVMA] = OP_hfence_vvma, [STUB_INVAL] = OP_sinval_vma};
    u32 at = image_offset(stub_pa(s));
    struct emitter e = {w->p, at, at + STUB_SIZE, true};
    if (s.fence == STUB_INVAL) emit(&e, OP_sfence_w_inval, 0, 0, 0, 0);
    if (s.fence) emit(&e, fences[s.fence], 0, s.by_address ? X_ADDRESS : 0, s.by_id ? X_ID : 0, 0);
    if (s.fence == STUB_INVAL) emit(&e, OP_sfence_inval_ir, 0, 0, 0, 0);
    switch (s.how) {
    case HOW_LOAD: emit(&e, OP_ld, X_VALUE, X_ACCESS, 0, 0); break;
    case HOW_STORE: emit(&e, OP_sd, 0, X_ACCESS, X_VALUE, 0); break;
    case HOW_CALL: emit(&e, OP_jalr, 1, X_ACCESS, 0, 0); break;
    case HOW_HLV: emit(&e, OP_hlv_d, X_VALUE, X_ACCESS, 0, 0); break;
    default: emit(&e, OP_hlvx_wu, X_VALUE, X_ACCESS, 0, 0); break;
    }
    emit(&e, OP_ecall, 0, 0, 0, 0);
    emit(&e, OP_jalr, 0, X_TARGET, 0, 0);
}

void make_stubs(struct world *w)
{
    for (unsigned f = 0; f < STUB_FENCE_N; f++)
        for (unsigned k = 0; k < 4; k++)
            for (unsigned how = 0; how < HOW_N; how++)
                make_stub(w, (struct stub){f, k & 2, k & 1, how});
}

/* ---- experiments ---- */

/* Whose translation it is about: HS's own, a guest's as HS uses it, a guest's as it does itself. */
enum who { WHO_HS, WHO_HS_FOR_GUEST, WHO_GUEST, WHO_N };

struct experiment {
    struct edit edit;
    enum who who;
    unsigned id; /* the tree's ID that is in use */
    struct place place;
    struct stub stub; /* its access; no fence */
    u64 access;       /* its address */
};

/* An address below the edited entry. Pointers are edited too: then one of a leaf's further down. */
static u64 random_access(struct rng *r, const struct edit *edit, bool call)
{
    const struct tree *t = edit->tree;
    u64 size = 1ull << (PAGE_SHIFT + 9 * edit->slot->level), address = address_in(r, edit);
    for (unsigned k = 0; k < 40 && !edit->slot->leaf; k++) {
        const struct slot *s = &t->slot[below(r, t->slot_n)];
        if (s->leaf && (s->va & ~(size - 1)) == edit->slot->va) address = s->va;
    }
    if (edit->slot->level && edit->slot->leaf) { /* the part of it where there is memory */
        u64 page = (u64)below(r, MAIN_PAGE_N) << PAGE_SHIFT;
        address = (edit->slot->level == 3 ? VIEW_TERA : edit->slot->va) + page + (address & 0xfff);
    }
    return call ? (address & ~PAGE_OFFSET_MASK) + FUNCTION_OFFSET : address & ~7ull;
}

/* Values of satp or vsatp, of hgatp, that leave the stubs reachable. */
static const struct atp *good(struct rng *r, const struct atp *values, unsigned n)
{
    const struct atp *v;
    do v = &values[below(r, n)];
    while (v->tree == TREE_BAD);
    return v;
}

static void choose_place(struct world *w, struct experiment *x)
{
    const struct tables *t = w->tables;
    const struct atp *any = good(w->r, t->first_value, t->first_value_n);
    x->place =
        (struct place){any, any, good(w->r, t->g_value, t->g_value_n), PRIV_S, x->who == WHO_GUEST};
    if (x->edit.tree->g) {
        x->place.hgatp = &t->g_value[(x->edit.tree - t->g) * TREE_ID_N + x->id];
        if (chance(w->r, 60)) x->place.vsatp = &t->first_value[FIRST_N * TREE_ID_N]; /* Bare */
    } else {
        const struct atp *value = &t->first_value[(x->edit.tree - t->first) * TREE_ID_N + x->id];
        *(x->who == WHO_HS ? &x->place.satp : &x->place.vsatp) = value;
    }
}

static struct experiment random_experiment(struct world *w)
{
    struct rng *r = w->r;
    struct experiment x = {.edit = random_edit(w), .id = below(r, TREE_ID_N)};
    x.who = x.edit.tree->g ? WHO_HS_FOR_GUEST + below(r, 2) : below(r, WHO_N);
    x.stub.how = x.who == WHO_HS_FOR_GUEST ? HOW_HLV + below(r, 2) : below(r, HOW_HLV);
    choose_place(w, &x);
    x.access = random_access(r, &x.edit, x.stub.how == HOW_CALL);
    return x;
}

/* All registers that the stub needs, and no trap but to the director. */
static void go_to_stub(struct routine *o, const struct experiment *x, struct stub stub)
{
    set_csr(o, 0x304, 0);
    set_csr(o, 0x302, 0);
    set_csr(o, 0x600, HSTATUS_HU | maybe(o->w->r, 70, HSTATUS_SPVP));
    go(o, &x->place, stub_pa(stub));
    clear_bits(o, 0x300, STATUS_TVM);
    load_constant(o, X_ADDRESS, address_in(o->w->r, &x->edit));
    load_constant(o, X_ID, x->edit.tree->id[x->id]);
    load_constant(o, X_TARGET, random_code_view(o->w, tree_of(&x->place), false));
    load_constant(o, X_ACCESS, x->access);
    leave(o);
}

/* Leave the fence of the space that is looked at to the stub. */
static void fence_below(struct routine *o, const struct experiment *x, struct stub *stub)
{
    struct rng *r = o->w->r;
    stub->fence = x->who == WHO_HS_FOR_GUEST ? STUB_VVMA : chance(r, 70) ? STUB_VMA : STUB_INVAL;
    stub->by_address = x->edit.slot->leaf && chance(r, 70);
    stub->by_id = may_name_id(&x->edit) && chance(r, 60);
    struct left_out but = {.guest = x->who != WHO_HS,
                           .vmid = (x->place.hgatp->value & HGATP_VMID) >> 44,
                           .only_id = stub->by_id,
                           .id = x->id};
    fence_edit_but(o, &x->edit, &but);
}

static void change(struct world *w, u64 offset, const struct experiment *x)
{
    struct routine o = begin(w, offset);
    struct stub stub = x->stub;
    make_edit(&o, &x->edit);
    if (!x->edit.tree->g && !w->taste->wild_pmp && chance(w->r, 50))
        fence_below(&o, x, &stub);
    else
        fence_edit(&o, &x->edit);
    go_to_stub(&o, x, stub);
}

/* Access; edit and access; undo the edit and access. */
static void edit_experiment(struct world *w, const u64 offset[EXPERIMENT_N])
{
    struct experiment x = random_experiment(w);
    struct routine o = begin(w, offset[0]);
    go_to_stub(&o, &x, x.stub);
    change(w, offset[1], &x);
    x.edit.value = x.edit.slot->value;
    change(w, offset[2], &x);
}

/* An access without translation; nothing is edited. */
static struct experiment bare_experiment(struct world *w, enum priv priv)
{
    const struct atp *bare = &w->tables->first_value[FIRST_N * TREE_ID_N];
    struct experiment x = {
        .edit = random_first_edit(w), .place = {bare, bare, bare, (u8)priv, false}
    };
    u64 page = MAIN_PA + (u64)(CODE_PAGE + below(w->r, 12)) * PAGE_SIZE;
    x.place.hgatp = &w->tables->g_value[G_N * TREE_ID_N];
    x.stub.how = below(w->r, HOW_HLV);
    x.access = page + (x.stub.how == HOW_CALL ? FUNCTION_OFFSET : below(w->r, PAGE_SIZE) & ~7u);
    return x;
}

/* A PMP entry is moved onto the page; its configuration is not written again. */
static void protect_experiment(struct world *w, const u64 offset[EXPERIMENT_N])
{
    struct experiment x = bare_experiment(w, PRIV_S);
    for (unsigned k = 0; k < EXPERIMENT_N; k++) {
        struct routine o = begin(w, offset[k]);
        u64 napot = (x.access | (BIT(3 + below(w->r, 10)) - 1)) >> 2;
        set_csr(&o, 0x3b0, k == 1 ? napot : 0x3ff);
        if (!k) set_csr(&o, 0x3a0, 0x18 | below(w->r, 8));
        go_to_stub(&o, &x, x.stub);
    }
}

/* The rules stay; what they mean is changed by MML and by MMWP, in either order. */
static void lock_experiment(struct world *w, const u64 offset[EXPERIMENT_N])
{
    struct rng *r = w->r;
    u64 first = chance(r, 70) ? PMP_MML : PMP_MMWP;
    const u64 seccfg[EXPERIMENT_N] = {0, first, PMP_MML | PMP_MMWP};
    struct experiment x = bare_experiment(w, chance(r, 70) ? PRIV_M : PRIV_S);
    for (unsigned k = 0; k < EXPERIMENT_N; k++) {
        struct routine o = begin(w, offset[k]);
        if (k)
            set_csr(&o, 0x747, seccfg[k]);
        else
            lock_ahead(&o);
        go_to_stub(&o, &x, x.stub);
    }
}

void make_experiment(struct world *w, const u64 offset[EXPERIMENT_N])
{
    if ((w->p->aims >> AIM_LOCKDOWN & 1) && chance(w->r, 60)) {
        lock_experiment(w, offset);
        return;
    }
    if (w->taste->wild_pmp && chance(w->r, 60))
        protect_experiment(w, offset);
    else
        edit_experiment(w, offset);
}
