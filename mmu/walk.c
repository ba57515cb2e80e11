/* The walk of priv. spec 12.3.2 ("Virtual Address Translation Process"), with the G-stage of 22.5
 * nested in it. Step numbers in comments are those of 12.3.2.
 *
 *   first stage (Sv48)            63      48 47   39 38   30 29   21 20   12 11       0
 *                                 | sign   | VPN3 | VPN2 | VPN1 | VPN0 | offset |
 *   G-stage (Sv48x4)              63   50 49     39 38   30 29   21 20   12 11       0
 *                                 | 0   |  VPN3  | VPN2 | VPN1 | VPN0 | offset |
 *
 * Each first-stage entry lies at a guest-physical address, so each costs a G-stage walk of its own:
 * with n levels over m there are (n + 1)(m + 1) - 1 references. */
#include "mmu/walk.h"

#include <string.h>

/* Geometry of a scheme; the root of a G-stage scheme has two more index bits. */
struct scheme {
    u8 mode, levels, va_bits;
};
static const struct scheme schemes[] = {
    {ATP_SV39, 3, 39},
    {ATP_SV48, 4, 48},
    {ATP_SV57, 5, 57},
};

enum { LEVELS_MAX = 5, PA_BITS = 56 };

/* What one stage checks against; the two stages differ in data alone. */
struct stage {
    const struct scheme *scheme; /* NULL: Bare */
    u64 root;                    /* physical (first stage of two: guest-physical) address */
    u8 id, root_bits;            /* enum walk_stage; index bits of the root table */
    bool user, sum, mxr, adue, pbmte, napot, sse;
};

struct walker {
    const struct space *space;
    const struct walk_memory *memory;
    struct walk_cache *cache; /* or NULL */
    struct walk *out;
};

/* Why a stage's walk ended. */
enum verdict { GOOD, FAULT, NO_ACCESS, DENIED /* the other stage failed; out says how */, AGAIN };

/* An entry met on a walk. */
struct entry {
    u64 where; /* its address as its stage sees it */
    u64 pte;
    unsigned level;
    bool global; /* G is set in it or was on the way */
};

/* A stage's result. */
struct leaf {
    u64 pa;
    u8 allowed; /* bits 1 << access */
    u8 shift;
};

static const struct scheme *scheme_of(u64 mode)
{
    for (unsigned k = 0; k < sizeof schemes / sizeof schemes[0]; k++)
        if (schemes[k].mode == mode) return &schemes[k];
    return NULL;
}

bool walk_mode_known(u64 mode)
{
    return mode == ATP_BARE || scheme_of(mode);
}

static void record(struct walk *out, u64 pa, u64 pte, const struct stage *s, unsigned level,
                   bool store)
{
    if (out->ref_n == WALK_REF_MAX) return;
    out->ref[out->ref_n++] = (struct walk_ref){pa, pte, s->id, (u8)level, store};
}

/* First-stage addresses are sign-extended, guest-physical ones zero-extended (22.5.1). */
static bool in_range(const struct stage *s, u64 va)
{
    unsigned bits = s->scheme->va_bits;
    if (s->id == STAGE_G) return va >> (bits + 2) == 0;
    return (u64)((s64)(va << (64 - bits)) >> (64 - bits)) == va;
}

#define SHADOW_BITS (1 << ACCESS_SS_LOAD | 1 << ACCESS_SS_STORE)

/* A shadow-stack page: the encoding xwr=010, which is reserved where SSE is off (Zicfiss). */
static bool is_shadow_page(const struct stage *s, u64 pte)
{
    return s->sse && (pte & (PTE_R | PTE_W | PTE_X)) == PTE_W;
}

/* Step 6: does the U bit let the access pass? A supervisor never runs user pages, whatever SUM. */
static bool user_bit_allows(const struct stage *s, u64 pte, enum access access)
{
    bool user_page = pte & PTE_U;
    if (s->user || access == ACCESS_FETCH) return user_page == s->user;
    return !user_page || s->sum;
}

/* Accesses that a leaf allows, A and D aside (steps 6 to 8). To the G-stage, which knows no shadow
 * stacks, those to them both read and write. */
static u8 permitted(const struct stage *s, u64 pte)
{
    bool r = pte & PTE_R, w = pte & PTE_W, x = pte & PTE_X, readable = r || (s->mxr && x);
    bool fetch = x && user_bit_allows(s, pte, ACCESS_FETCH);
    if (!user_bit_allows(s, pte, ACCESS_LOAD)) return 0;
    if (is_shadow_page(s, pte)) return SHADOW_BITS | 1 << ACCESS_LOAD;
    return (u8)(readable << ACCESS_LOAD | w << ACCESS_STORE | fetch << ACCESS_FETCH |
                x << ACCESS_HLVX | (readable || w) << ACCESS_CBO |
                (s->id == STAGE_G && r && w ? SHADOW_BITS : 0));
}

/* Step 7, shadow-stack memory protection: what an access that is not allowed comes to. Where one
 * of the two sides is a shadow stack's and the other is not, that is an access fault; but a page
 * that can only be read may be a shadow stack that is to be copied on a write. */
static enum verdict denied(const struct stage *s, u64 pte, enum access access)
{
    bool fatal = false;
    if (!user_bit_allows(s, pte, access) || s->id == STAGE_G) return FAULT;
    if (access_is_shadow(access)) fatal = (pte & (PTE_R | PTE_W | PTE_X)) != PTE_R;
    if (is_shadow_page(s, pte)) fatal = access != ACCESS_HLVX; /* which wants X, as of any page */
    return fatal ? NO_ACCESS : FAULT;
}

/* Step 3 and the reserved bits: may this entry be used at all? */
static bool malformed(const struct stage *s, u64 pte, bool leaf, unsigned level)
{
    bool write_only = (pte & PTE_W) && !(pte & PTE_R) && !is_shadow_page(s, pte);
    if (!(pte & PTE_V) || write_only || (pte & PTE_RESERVED)) return true;
    if (!leaf) return pte & (PTE_D | PTE_A | PTE_U | PTE_PBMT | PTE_N);
    if ((pte & PTE_PBMT) && (!s->pbmte || (pte & PTE_PBMT) == PTE_PBMT)) return true;
    /* Svnapot: the one defined size is 64 KiB, at level 0. */
    return (pte & PTE_N) && (!s->napot || level || (pte & MASK(13, 10)) != BIT(13));
}

static unsigned leaf_shift(u64 pte, unsigned level)
{
    return pte & PTE_N ? 16 : PAGE_SHIFT + 9 * level;
}

/* Physical address that a leaf gives va; false when a superpage is misaligned (step 5). */
static bool place(u64 pte, unsigned level, u64 va, u64 *pa)
{
    u64 base = (pte & PTE_PPN) << 2, offset = BIT(leaf_shift(pte, level)) - 1;
    if (!(pte & PTE_N) && (base & offset)) return false;
    *pa = (base & ~offset) | (va & offset);
    return true;
}

static enum verdict g_translate(struct walker *w, u64 gpa, enum access access, bool implicit,
                                struct leaf *leaf);

/* Where a stage's entry lies in physical memory: first-stage entries of a guest are translated. */
static enum verdict entry_address(struct walker *w, const struct stage *s, enum access access,
                                  u64 address, u64 *pa)
{
    *pa = address;
    if (s->id == STAGE_G || !w->space->virt) return GOOD;
    struct leaf leaf;
    enum verdict v = g_translate(w, address, access, true, &leaf);
    *pa = leaf.pa;
    return v;
}

/* ---- the address-translation cache, where there is one (mmu/atc.h) ---- */

static struct atc_tables tables_of(const struct walker *w, const struct stage *s)
{
    u16 vmid = (u16)((w->space->gatp & HGATP_VMID) >> ATP_ID_SHIFT);
    u16 asid = (u16)((w->space->atp & SATP_ASID) >> ATP_ID_SHIFT);
    if (s->id == STAGE_G) return (struct atc_tables){.kind = ATC_G, .vmid = vmid};
    if (!w->space->virt) return (struct atc_tables){.kind = ATC_HS, .asid = asid};
    return (struct atc_tables){.kind = ATC_VS, .vmid = vmid, .asid = asid};
}

static bool is_leaf(u64 pte)
{
    return pte & (PTE_R | PTE_W | PTE_X);
}

/* The G-stage has no global mappings (22.5.1). */
static struct atc_entry as_kept(const struct walker *w, const struct stage *s, u64 va,
                                const struct entry *e)
{
    bool good = !malformed(s, e->pte, is_leaf(e->pte), e->level);
    u8 shift = (u8)(good ? leaf_shift(e->pte, e->level) : PAGE_SHIFT + 9 * e->level);
    return (struct atc_entry){.page = va >> shift,
                              .pte = e->pte,
                              .where = e->where,
                              .tables = tables_of(w, s),
                              .level = (u8)e->level,
                              .shift = shift,
                              .global = e->global && s->id == STAGE_FIRST,
                              .pointer = good && !is_leaf(e->pte) && e->level,
                              .adue = s->adue,
                              .pbmte = s->pbmte};
}

static void keep(struct walker *w, const struct stage *s, u64 va, const struct entry *e)
{
    if (LIKELY(!w->memory->atc)) return;
    struct atc_entry kept = as_kept(w, s, va, e);
    atc_keep(w->memory->atc, &kept);
}

/* What memory holds has turned out to be something else. */
static void forget(struct walker *w, const struct stage *s, u64 va, const struct entry *e)
{
    if (LIKELY(!w->memory->atc)) return;
    struct atc_entry kept = as_kept(w, s, va, e);
    atc_drop(w->memory->atc, &kept);
}

/* Step 9: set A, and D for a store, in a leaf. */
static enum verdict update(struct walker *w, const struct stage *s, u64 va, struct entry *e,
                           u64 missing)
{
    u64 pa, found, now = e->pte | missing;
    enum verdict v = entry_address(w, s, ACCESS_STORE, e->where, &pa);
    if (v != GOOD) return v;
    if (!w->memory->swap(w->memory->arg, pa, e->pte, now, &found)) return NO_ACCESS;
    if (found != e->pte) forget(w, s, va, e);
    if (found != e->pte) return AGAIN;
    record(w->out, pa, now, s, e->level, true);
    e->pte = now;
    keep(w, s, va, e);
    return GOOD;
}

/* Steps 5 to 10 for a leaf. */
static enum verdict use_leaf(struct walker *w, const struct stage *s, u64 va, enum access access,
                             struct entry *e, struct leaf *leaf)
{
    u8 allowed = permitted(s, e->pte);
    bool store = access == ACCESS_STORE || access == ACCESS_SS_STORE;
    if (!place(e->pte, e->level, va, &leaf->pa)) return FAULT;
    if (!(allowed >> access & 1)) return denied(s, e->pte, access);
    u64 missing = ~e->pte & (store ? PTE_A | PTE_D : PTE_A);
    if (missing) {
        if (!s->adue) return FAULT;
        enum verdict v = update(w, s, va, e, missing);
        if (v != GOOD) return v;
    }
    if (!(e->pte & PTE_D)) allowed &= (u8) ~(1 << ACCESS_STORE | 1 << ACCESS_SS_STORE);
    leaf->allowed = allowed;
    leaf->shift = (u8)leaf_shift(e->pte, e->level);
    return GOOD;
}

/* ---- the cache of last tables ---- */

enum { LAST_TABLE_SHIFT = 21 }; /* log2 of what a last-level table maps */

void walk_cache_clear(struct walk_cache *cache)
{
    memset(cache, 0xff, sizeof *cache);
}

static struct walk_cached *cached(struct walk_cache *cache, unsigned stage, u64 va)
{
    return &cache->entry[stage][va >> LAST_TABLE_SHIFT & (WALK_CACHE_N - 1)];
}

void walk_cache_drop(struct walk_cache *cache, u64 va)
{
    cached(cache, STAGE_FIRST, va)->key = ~0ull;
}

/* The last table for va, if it is known. */
static const struct walk_cached *recall(const struct walker *w, const struct stage *s, u64 va)
{
    if (!w->cache) return NULL;
    const struct walk_cached *c = cached(w->cache, s->id, va);
    return c->key == va >> LAST_TABLE_SHIFT ? c : NULL;
}

static void remember(struct walker *w, const struct stage *s, u64 va, u64 where, u64 pa)
{
    if (!w->cache) return;
    *cached(w->cache, s->id, va) = (struct walk_cached){
        va >> LAST_TABLE_SHIFT, where & ~PAGE_OFFSET_MASK, pa & ~PAGE_OFFSET_MASK};
}

/* Step 2, from memory: the entry of e->level for va, in the table at this address. */
static enum verdict read_entry(struct walker *w, const struct stage *s, u64 va, u64 table,
                               const struct walk_cached *known, struct entry *e)
{
    unsigned bits = e->level == s->scheme->levels - 1u ? s->root_bits : 9;
    u64 index = va >> (PAGE_SHIFT + 9 * e->level) & (BIT(bits) - 1);
    u64 pa = known ? known->pa + index * 8 : 0;
    e->where = table + index * 8;
    enum verdict v = known ? GOOD : entry_address(w, s, ACCESS_LOAD, e->where, &pa);
    if (v != GOOD) return v;
    if (!w->memory->read(w->memory->arg, pa, &e->pte)) return NO_ACCESS;
    record(w->out, pa, e->pte, s, e->level, false);
    if (!e->level) remember(w, s, va, e->where, pa);
    e->global |= (e->pte & PTE_V) && (e->pte & PTE_G);
    keep(w, s, va, e);
    return GOOD;
}

/* What the address-translation cache has in place of a leaf, by ADUE and PBMTE as they were. */
static enum verdict use_kept(struct walker *w, const struct stage *s, u64 va, enum access access,
                             const struct atc_entry *kept, struct leaf *leaf)
{
    struct stage then = *s;
    struct entry e = {kept->where, kept->pte, kept->level, kept->global};
    then.adue = kept->adue;
    then.pbmte = kept->pbmte;
    if (malformed(&then, e.pte, is_leaf(e.pte), e.level) || !is_leaf(e.pte)) return FAULT;
    return use_leaf(w, &then, va, access, &e, leaf);
}

/* Without first-stage entries there are no shadow-stack pages. */
static enum verdict pass(const struct stage *s, u64 va, enum access access, struct leaf *leaf)
{
    u8 all = (1 << ACCESS_N) - 1, none = s->id == STAGE_FIRST ? SHADOW_BITS : 0;
    *leaf = (struct leaf){va, all & (u8)~none, 63};
    return none >> access & 1 ? NO_ACCESS : GOOD;
}

/* A change of hgatp.MODE waits for a fence even if the old or the new one is Bare (22.3.2); one of
 * satp.MODE does not (12.2.1). Identity is kept as the leaf that a table would have for it. */
static enum verdict pass_lazily(struct walker *w, const struct stage *s, u64 va, enum access access,
                                struct leaf *leaf)
{
    const u64 all = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
    const struct atc_entry *kept = atc_find(w->memory->atc, tables_of(w, s), va, LEVELS_MAX);
    const struct entry identity = {.pte = (va >> 2 & PTE_PPN) | all};
    if (kept && !kept->pointer) return use_kept(w, s, va, access, kept, leaf);
    if (!(va >> PA_BITS)) keep(w, s, va, &identity);
    return pass(s, va, access, leaf);
}

/* One stage's walk (steps 1 to 10). */
static enum verdict walk_stage(struct walker *w, const struct stage *s, u64 va, enum access access,
                               struct leaf *leaf)
{
    struct atc *atc = w->memory->atc;
    if (!s->scheme && atc && s->id == STAGE_G) return pass_lazily(w, s, va, access, leaf);
    if (!s->scheme) return pass(s, va, access, leaf);
    if (!in_range(s, va)) return FAULT;
    const struct walk_cached *known = recall(w, s, va);
    const struct atc_entry *kept =
        RARE(atc) ? atc_find(atc, tables_of(w, s), va, s->scheme->levels) : NULL;
    if (kept && !kept->pointer) return use_kept(w, s, va, access, kept, leaf);
    struct entry e = {.level = known  ? 1
                               : kept ? kept->level
                                      : s->scheme->levels,
                      .global = kept && kept->global};
    u64 table = known ? known->table : kept ? (kept->pte & PTE_PPN) << 2 : s->root;
    while (e.level-- > 0) {
        enum verdict v = read_entry(w, s, va, table, known, &e);
        if (v != GOOD) return v;
        if (malformed(s, e.pte, is_leaf(e.pte), e.level)) return FAULT;
        if (is_leaf(e.pte)) return use_leaf(w, s, va, access, &e, leaf);
        table = (e.pte & PTE_PPN) << 2;
    }
    return FAULT; /* step 4: a pointer at the last level */
}

static struct stage g_stage(const struct space *sp)
{
    return (struct stage){
        .scheme = scheme_of(sp->gatp >> ATP_MODE_SHIFT),
        .root = (sp->gatp & HGATP_PPN) << PAGE_SHIFT & ~MASK(13, 0),
        .id = STAGE_G,
        .root_bits = 11,
        .user = true,
        .mxr = sp->gmxr,
        .adue = sp->gadue,
        .pbmte = sp->gpbmte,
        .napot = sp->napot,
    };
}

/* The G-stage, for an access of the guest (implicit: to one of its page-table entries). All its
 * accesses count as user accesses; implicit ones are not helped by MXR (22.5.1). */
static enum verdict g_translate(struct walker *w, u64 gpa, enum access access, bool implicit,
                                struct leaf *leaf)
{
    struct stage s = g_stage(w->space);
    s.mxr = s.mxr && !implicit;
    enum verdict v;
    do v = walk_stage(w, &s, gpa, access, leaf);
    while (v == AGAIN);
    if (v != FAULT) return v;
    w->out->outcome = WALK_GUEST_FAULT;
    w->out->gpa = gpa;
    w->out->implicit = implicit;
    w->out->implicit_store = implicit && access == ACCESS_STORE;
    return DENIED;
}

/* The last G-stage step: the access itself. */
static enum verdict final_stage(struct walker *w, enum access access, struct leaf *leaf)
{
    struct leaf g;
    w->out->gpa = leaf->pa;
    enum verdict v = g_translate(w, leaf->pa, access, false, &g);
    if (v != GOOD) return v;
    leaf->pa = g.pa;
    leaf->allowed &= g.allowed;
    w->out->g_shift = g.shift;
    return GOOD;
}

void walk(const struct space *sp, u64 va, enum access access, const struct walk_memory *memory,
          struct walk_cache *cache, struct walk *out)
{
    struct walker w = {sp, memory, cache, out};
    struct stage s = {
        .scheme = sp->priv == PRIV_M ? NULL : scheme_of(sp->atp >> ATP_MODE_SHIFT),
        .root = (sp->atp & SATP_PPN) << PAGE_SHIFT,
        .id = STAGE_FIRST,
        .root_bits = 9,
        .user = sp->priv == PRIV_U,
        .sum = sp->sum,
        .mxr = sp->mxr,
        .adue = sp->adue,
        .pbmte = sp->pbmte,
        .napot = sp->napot,
        .sse = sp->sse,
    };
    struct leaf leaf = {0};
    enum verdict v;
    out->outcome = WALK_OK;
    out->gpa = 0;
    out->implicit = out->implicit_store = false;
    out->ref_n = 0;
    out->g_shift = 63;
    do v = walk_stage(&w, &s, va, access, &leaf);
    while (v == AGAIN);
    if (v == GOOD) out->first_shift = leaf.shift;
    if (v == GOOD && sp->virt) v = final_stage(&w, access, &leaf);
    out->pa = leaf.pa;
    out->allowed = leaf.allowed;
    if (v == FAULT) out->outcome = WALK_PAGE_FAULT;
    if (v == NO_ACCESS) out->outcome = WALK_ACCESS_FAULT;
}

/* ---- what a G-stage maps, without an access ---- */

struct survey {
    struct stage stage;
    const struct walk_memory *memory;
    walk_mapping_fn *fn;
    void *arg;
};

static bool survey_table(const struct survey *y, u64 table, unsigned level, u64 gpa);

/* One entry, which maps from gpa on. */
static bool survey_entry(const struct survey *y, u64 pte, unsigned level, u64 gpa)
{
    const struct stage *s = &y->stage;
    bool is_leaf = pte & (PTE_R | PTE_W | PTE_X);
    struct walk_mapping m = {.gpa = gpa, .shift = (u8)(PAGE_SHIFT + 9 * level)};
    if (malformed(s, pte, is_leaf, level)) return true;
    if (!is_leaf) return !level || survey_table(y, (pte & PTE_PPN) << 2, level - 1, gpa);
    m.allowed = permitted(s, pte);
    return !m.allowed || !place(pte, level, gpa, &m.pa) || y->fn(y->arg, &m);
}

static bool survey_table(const struct survey *y, u64 table, unsigned level, u64 gpa)
{
    const struct stage *s = &y->stage;
    unsigned bits = level == s->scheme->levels - 1u ? s->root_bits : 9;
    struct walk_mapping m = {
        .gpa = gpa, .pa = table, .shift = (u8)(bits + 3), .level = (u8)level, .table = true};
    if (!y->fn(y->arg, &m)) return false;
    for (u64 index = 0; index < BIT(bits); index++) {
        u64 pte;
        if (!y->memory->read(y->memory->arg, table + index * 8, &pte)) continue;
        if (!survey_entry(y, pte, level, gpa | index << (PAGE_SHIFT + 9 * level))) return false;
    }
    return true;
}

bool walk_g_mappings(const struct space *space, const struct walk_memory *memory,
                     walk_mapping_fn *fn, void *arg)
{
    struct survey y = {g_stage(space), memory, fn, arg};
    if (y.stage.scheme) return survey_table(&y, y.stage.root, y.stage.scheme->levels - 1u, 0);
    struct walk_mapping all = {.shift = 63, .allowed = (1 << ACCESS_N) - 1};
    return fn(arg, &all);
}
