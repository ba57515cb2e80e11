#include "tests/random/tables.h"
#include "tests/random/emit.h"

#include <stdlib.h>
#include <string.h>

const u64 vmids[VMID_N] = {0, 0x10, 0x3ff0};
static const u64 asids[] = {0, 0x10, 0xfff0, 0x20};

/* Physical page numbers where there is nothing. */
#define HOLE_PPN   0x30000ull
#define DEVICE_PPN (DEVICE_PA >> PAGE_SHIFT)

/* Page tables begin here in the vault; what is before is the director's. */
#define TABLES_PA (VAULT_PA + 0x20000)
#define VAULT_END (VAULT_PA + (u64)VAULT_PAGE_N * PAGE_SIZE)

struct builder {
    struct program *p;
    struct rng *r;
    struct tree *tree;
    u64 free_pa; /* first free page in the vault */
};

static u64 ppn_bits(u64 pa)
{
    return pa >> PAGE_SHIFT << 10;
}

static u64 take_pages(struct builder *b, unsigned n)
{
    u64 pa = b->free_pa;
    b->free_pa += (u64)n * PAGE_SIZE;
    if (b->free_pa > VAULT_END) abort(); /* VAULT_PAGE_N is too small */
    return pa;
}

/* Must the entry that covers va at this level stay as it is? */
static bool fixed(const struct tree *tree, u64 va, unsigned level)
{
    u64 size = 1ull << (PAGE_SHIFT + 9 * level), start = va & ~(size - 1), last = start + size - 1;
    if (start <= MAIN_PA && MAIN_PA <= last) return true; /* the handlers' page */
    if (tree->g) return start < VAULT_END && VAULT_PA <= last;
    return start <= STUB_PA && STUB_PA <= last;
}

static void enter_slot(struct builder *b, u64 pte_pa, u64 va, unsigned level, bool leaf, u64 value)
{
    struct tree *t = b->tree;
    u64 size = 1ull << (PAGE_SHIFT + 9 * level);
    put_u64(b->p, image_offset(pte_pa), value);
    if (fixed(t, va, level) || t->slot_n == TREE_SLOT_MAX) return;
    t->slot[t->slot_n++] = (struct slot){pte_pa, va & ~(size - 1), value, (u8)level, leaf};
}

/* Map va by a leaf of this level; the tables on the way are made as need be. */
static void map(struct builder *b, u64 va, unsigned leaf_level, u64 pte)
{
    struct tree *t = b->tree;
    unsigned level = t->mode - 6u;
    u64 table = t->root;
    for (bool root = true; level > leaf_level; level--, root = false) {
        u64 index = va >> (PAGE_SHIFT + 9 * level) & (t->g && root ? 0x7ff : 0x1ff), entry;
        u64 pte_pa = table + 8 * index;
        memcpy(&entry, b->p->image + image_offset(pte_pa), 8);
        if (!entry) {
            entry = ppn_bits(take_pages(b, 1)) | PTE_V;
            enter_slot(b, pte_pa, va, level, false, entry);
        }
        table = entry >> 10 << PAGE_SHIFT;
    }
    u64 index = va >> (PAGE_SHIFT + 9 * level) & (level == t->mode - 6u && t->g ? 0x7ff : 0x1ff);
    enter_slot(b, table + 8 * index, va, level, true, pte);
}

/* ---- leaves ---- */

#define ALL (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

static u64 malformed(struct rng *r, u64 pte)
{
    switch (below(r, 5)) {
    case 0: return pte & ~(u64)PTE_V;
    case 1: return (pte & ~(u64)PTE_R) | PTE_W;
    case 2: return pte | BIT(54 + below(r, 7));
    case 3: return pte | (u64)(1 + below(r, 3)) << 61;
    default: return pte | PTE_N;
    }
}

static u64 random_leaf(struct rng *r, u64 pa, bool code, bool user)
{
    u64 pte = ppn_bits(pa) | PTE_V | PTE_R | (user ? PTE_U : 0);
    if (chance(r, code ? 50 : 85)) pte |= PTE_W;
    if (chance(r, code ? 97 : 20)) pte |= PTE_X;
    if ((pte & PTE_X) && chance(r, 12)) pte &= ~(u64)(PTE_R | PTE_W);
    if (chance(r, 92)) pte |= PTE_A;
    if (chance(r, 88)) pte |= PTE_D;
    if (chance(r, 5)) pte |= BIT(61 + below(r, 2));
    return chance(r, 3) ? malformed(r, pte) : pte;
}

static u64 main_pa(unsigned page)
{
    return MAIN_PA + (u64)page * PAGE_SIZE;
}

/* Where page number k of a view leads: code where it is, data mostly so. */
static unsigned target_page(struct rng *r, unsigned k)
{
    if (k < DATA_PAGE || chance(r, 60)) return k;
    return DATA_PAGE + below(r, MAIN_PAGE_N - DATA_PAGE);
}

static void map_view(struct builder *b, u64 view, bool user, unsigned percent_odd)
{
    for (unsigned k = 0; k < MAIN_PAGE_N; k++) {
        bool odd = k >= DATA_PAGE && chance(b->r, percent_odd), code = k < DATA_PAGE;
        u64 pte = random_leaf(b->r, main_pa(target_page(b->r, k)), code, user != odd);
        if (!b->tree->g && chance(b->r, 8)) pte |= PTE_G;
        if (fixed(b->tree, view + (u64)k * PAGE_SIZE, 0))
            pte = ppn_bits(main_pa(k)) | ALL | (user ? PTE_U : 0);
        map(b, view + (u64)k * PAGE_SIZE, 0, pte);
    }
}

static void map_napot(struct builder *b)
{
    u64 pte = random_leaf(b->r, main_pa(NAPOT_PAGE), false, chance(b->r, 30)) | PTE_N | BIT(13);
    for (unsigned k = NAPOT_PAGE; k < MAIN_PAGE_N; k++)
        map(b, VIEW_NAPOT + (u64)k * PAGE_SIZE, 0, pte);
}

/* Shadow-stack pages are written, but not read: R=0, W=1, X=0. */
static void map_shadow(struct builder *b)
{
    for (unsigned k = 0; k < SHADOW_PAGE_N; k++) {
        u64 pte = ppn_bits(main_pa(DATA_PAGE + below(b->r, MAIN_PAGE_N - DATA_PAGE)));
        pte |= PTE_V | PTE_W | PTE_A | PTE_D | (chance(b->r, 40) ? PTE_U : 0);
        map(b, VIEW_SHADOW + (u64)k * PAGE_SIZE, 0, pte);
    }
}

static void make_first(struct builder *b)
{
    struct rng *r = b->r;
    map_view(b, VIEW_IDENTITY, false, 25);
    map_view(b, VIEW_USER, true, 8);
    if (chance(r, 50))
        map_view(b, VIEW_HIGH, false, 10);
    else
        map(b, VIEW_HIGH, 1, random_leaf(r, MAIN_PA, true, false));
    if (chance(r, 60)) map_napot(b);
    if (chance(r, 60)) map(b, VIEW_GIGA, 2, random_leaf(r, MAIN_PA, true, chance(r, 50)));
    if (b->tree->mode > ATP_SV39 && chance(r, 50))
        map(b, VIEW_TERA - MAIN_PA, 3, random_leaf(r, 0, true, chance(r, 50)));
    if (b->p->aims >> AIM_SHADOW & 1) map_shadow(b);
    map(b, DEVICE_PA, 0, random_leaf(r, DEVICE_PA, false, chance(r, 50)));
    map(b, STUB_PA, 0, ppn_bits(STUB_PA) | ((ALL) & ~(u64)PTE_W));
}

static void make_g(struct builder *b)
{
    struct rng *r = b->r;
    if (chance(r, 70))
        map_view(b, MAIN_PA, true, 2);
    else
        map(b, MAIN_PA, 1, ppn_bits(MAIN_PA) | ALL | PTE_U);
    map_view(b, VIEW_USER, true, 2);
    map(b, DEVICE_PA, 0, random_leaf(r, DEVICE_PA, false, true));
    map(b, VAULT_PA, 1, ppn_bits(VAULT_PA) | ALL | PTE_U);
    if (chance(r, 30)) map(b, VIEW_GIGA * 2, 2, random_leaf(r, MAIN_PA, true, true));
}

/* ---- trees and register values ---- */

static void make_tree(struct builder *b, struct tree *tree, bool g)
{
    tree->g = g;
    tree->mode = (u8)(ATP_SV39 + (chance(b->r, 50) ? 0 : below(b->r, 3)));
    for (unsigned k = 0; k < TREE_ID_N; k++)
        tree->id[k] = g ? vmids[below(b->r, VMID_N)] : asids[below(b->r, 4)];
    if (g) b->free_pa = (b->free_pa + 0x3fff) & ~0x3fffull;
    tree->root = take_pages(b, g ? 4 : 1);
    b->tree = tree;
    if (g)
        make_g(b);
    else
        make_first(b);
}

static u64 atp_value(u64 mode, u64 id, u64 ppn)
{
    return mode << ATP_MODE_SHIFT | id << 44 | ppn;
}

static unsigned make_values(struct rng *r, struct atp *out, const struct tree *tree, unsigned n,
                            const u64 *ids)
{
    unsigned k = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < TREE_ID_N; j++)
            out[k++] = (struct atp){
                atp_value(tree[i].mode, tree[i].id[j], tree[i].root >> PAGE_SHIFT), (s8)i};
    out[k++] = (struct atp){0, TREE_BARE};
    out[k++] = (struct atp){atp_value(ATP_BARE, ids[below(r, VMID_N)], 0), TREE_BARE};
    out[k++] = (struct atp){atp_value(ATP_SV39, ids[below(r, VMID_N)], HOLE_PPN), TREE_BAD};
    out[k++] = (struct atp){atp_value(5, ids[below(r, VMID_N)], HOLE_PPN), TREE_BAD};
    return k;
}

void make_tables(struct tables *t, struct program *p, struct rng *r)
{
    struct builder b = {p, r, NULL, TABLES_PA};
    memset(t, 0, sizeof *t);
    for (unsigned k = 0; k < FIRST_N; k++) make_tree(&b, &t->first[k], false);
    for (unsigned k = 0; k < G_N; k++) make_tree(&b, &t->g[k], true);
    t->first_value_n = make_values(r, t->first_value, t->first, FIRST_N, asids);
    t->g_value_n = make_values(r, t->g_value, t->g, G_N, vmids);
}

/* ---- rewriting ---- */

static u64 other_target(struct rng *r, bool code)
{
    switch (below(r, 12)) {
    case 0: return HOLE_PPN;
    case 1: return DEVICE_PPN;
    case 2:
    case 3:
    case 4:
    case 5:
        if (code) return main_pa(CODE_PAGE + below(r, CODE_PAGE_N)) >> PAGE_SHIFT;
    /* fall through */
    default: return main_pa(CODE_PAGE + below(r, MAIN_PAGE_N - CODE_PAGE)) >> PAGE_SHIFT;
    }
}

static u64 rewritten_leaf(struct rng *r, const struct tree *tree, const struct slot *s)
{
    u64 pte = s->value;
    switch (below(r, 10)) {
    case 0: return pte ^ PTE_V;
    case 1: return pte & ~(u64)PTE_W;
    case 2: return pte & ~(u64)PTE_X;
    case 3: return tree->g ? malformed(r, pte) : pte ^ PTE_U;
    case 4: return pte & ~(u64)(chance(r, 50) ? PTE_D : PTE_A | PTE_D);
    case 5: return pte | PTE_R | PTE_W;
    }
    if (s->level || (pte & PTE_N)) return pte ^ PTE_R;
    return (pte & ~PTE_PPN) | other_target(r, pte & PTE_X) << 10;
}

/* A large leaf must not turn into a pointer: the program's own pages would become page tables. A is
 * reserved in pointers. */
u64 rewritten(struct rng *r, const struct tree *tree, const struct slot *s)
{
    if (chance(r, 35)) return s->value;
    if (!s->leaf) return chance(r, 50) ? 0 : s->value | PTE_A;
    u64 pte = rewritten_leaf(r, tree, s);
    return pte & (PTE_R | PTE_X) ? pte : pte | PTE_A;
}
