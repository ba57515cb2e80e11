#include "hart/context.h"
#include "hart/memory.h"
#include "hext/csr_views.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Tags of the second level: a canonical page address leaves bits 63:57 (copies of bit 56) and 11:0
 * free for the mark of the context's generation. Bits 10:0 of a mark are never 0, so that an entry
 * of zeros is empty. */
enum { MARK_LOW = 11, MARK_BITS = MARK_LOW + 7 };
static bool canonical(u64 va)
{
    return (u64)((s64)(va << 7) >> 7) == va;
}
static u64 mark(u64 generation)
{
    return (generation & (BIT(MARK_LOW) - 1)) | (generation >> MARK_LOW & 0x7f) << 57;
}

static struct tlb_entry *second_slot(struct hart *h, const struct context *c, u64 va,
                                     enum access access)
{
    u64 n = va >> PAGE_SHIFT ^ c->second_skew >> 4;
    return &h->translations->second[access][n & (TLB2_N - 1)];
}
static u64 second_tag(const struct context *c, u64 va, enum access access)
{
    return (va & ~PAGE_OFFSET_MASK) ^ c->tag_bits[access == ACCESS_STORE];
}

/* An empty entry of the first level has the tag of a page that belongs into another slot, which no
 * address that looks here can hit. */
static void wipe_first(struct tlb_entry table[TLB_N])
{
    for (u64 k = 0; k < TLB_N; k++) table[k].tag = (k ^ 1) << PAGE_SHIFT;
}
static void wipe_sites(const struct translations *t, struct context *c, bool store)
{
    for (unsigned k = 0; k < t->sites[store]; k++) {
        c->site_tag[store][k] = t->site_empty;
        c->site_add[store][k] = 0;
    }
}

/* The next mark. When all have been used, the second level is emptied and every context gets one
 * anew. */
static u64 next_mark(struct translations *t)
{
    if (!(++t->generation & (BIT(MARK_LOW) - 1))) t->generation++;
    return mark(t->generation);
}
static void use_marks_again(struct translations *t)
{
    t->generation = 0;
    memset(t->second, 0, sizeof t->second);
    for (unsigned k = 0; k < CONTEXT_N; k++)
        for (unsigned store = 0; store < 2; store++) t->context[k].tag_bits[store] = next_mark(t);
}
static void renew_mark(struct translations *t, struct context *c, bool store)
{
    if (t->generation + 2 >= BIT(MARK_BITS)) use_marks_again(t);
    c->tag_bits[store] = next_mark(t);
}

/* A new generation: second-level entries of the old one match no more. */
static void renew(struct hart *h, struct context *c)
{
    renew_mark(h->translations, c, false);
    renew_mark(h->translations, c, true);
    c->code_stamp = ++h->translations->stamp;
    c->mega = c->giga = 0;
    c->pages = c->code_pages = (struct page_set){0};
    c->larger = false;
    if (c->filled) {
        wipe_first(c->load);
        wipe_first(c->store);
        wipe_sites(h->translations, c, false);
        wipe_sites(h->translations, c, true);
        walk_cache_clear(&c->walks);
    }
    c->filled = false;
}

/* A page whose address has neither all ones nor all zeros in bits 63:56. */
static u64 draw_page(void)
{
    u64 random = 0;
    if (getentropy(&random, sizeof random) != 0) random = (u64)time(NULL) * 0x9e3779b97f4a7c15u;
    return (random & MASK(61, 12)) | BIT(62);
}

void contexts_init(struct hart *h)
{
    h->translations->site_empty = draw_page();
    for (unsigned k = 0; k < CONTEXT_N; k++)
        h->translations->context[k].second_skew = (k * 1111u & (TLB2_N - 1)) << 4;
}

/* ---- spaces ---- */

/* PMLEN, from the PMM field at shift of the register that governs a mode. */
static u8 pmlen_of(u64 value, unsigned shift)
{
    static const u8 lengths[] = {0, 0, 7, 16}; /* 1 is reserved */
    return lengths[value >> shift & 3];
}

/* The register of the next more privileged level says what a mode masks. */
static u8 pmlen_of_mode(const struct hart *h, enum priv priv, bool virt)
{
    if (priv == PRIV_M) return pmlen_of(h->mseccfg, PMM_SHIFT);
    if (priv == PRIV_U) return pmlen_of(h->senvcfg, PMM_SHIFT);
    return pmlen_of(virt ? h->henvcfg : h->menvcfg, PMM_SHIFT);
}

struct space space_of(const struct hart *h, enum priv priv, bool virt)
{
    struct space s = {.priv = (u8)priv, .napot = isa_has(h->isa, EXT_SVNAPOT)};
    s.pmlen = pmlen_of_mode(h, priv, virt);
    if (priv == PRIV_M) return s;
    u64 status = virt ? h->vsstatus : h->mstatus;
    u64 env = virt ? henvcfg_effective(h) : h->menvcfg;
    s.atp = virt ? h->vsatp : h->satp;
    s.gatp = virt ? h->hgatp : 0;
    s.virt = virt;
    s.sum = (status & STATUS_SUM) != 0;
    s.mxr = ((status | h->mstatus) & STATUS_MXR) != 0;
    s.gmxr = virt && (h->mstatus & STATUS_MXR);
    if (s.mxr) s.pmlen = 0; /* whether or not there are pages */
    s.adue = h->config.always_ad || (env & ENVCFG_ADUE);
    s.pbmte = (env & ENVCFG_PBMTE) != 0;
    s.sse = (env & ENVCFG_SSE) != 0;
    s.gadue = virt && (h->config.always_ad || (h->menvcfg & ENVCFG_ADUE));
    s.gpbmte = virt && (h->menvcfg & ENVCFG_PBMTE);
    return s;
}

struct space space_of_data(const struct hart *h)
{
    unsigned mpp = h->mstatus >> STATUS_MPP_SHIFT & 3;
    if (LIKELY(!(h->mstatus & STATUS_MPRV) || h->priv != PRIV_M || hart_nmi_masked(h)))
        return space_of(h, h->priv, h->virt);
    return space_of(h, mpp, mpp != PRIV_M && (h->mstatus & STATUS_MPV));
}

struct space space_of_guest_access(const struct hart *h)
{
    struct space s = space_of(h, h->hstatus & HSTATUS_SPVP ? PRIV_S : PRIV_U, true);
    if (h->priv == PRIV_U && s.priv == PRIV_U && !s.mxr)
        s.pmlen = pmlen_of(h->hstatus, HSTATUS_HUPMM_SHIFT); /* U-mode has no senvcfg */
    return s;
}

/* ---- selection ---- */

static struct context *oldest(struct translations *t, const struct hart *h)
{
    struct context *best = NULL;
    if (t->used < CONTEXT_N) return &t->context[t->used];
    for (unsigned k = 0; k < CONTEXT_N; k++) {
        struct context *c = &t->context[k];
        if (c != h->code && c != h->data && (!best || c->last_use < best->last_use)) best = c;
    }
    return best;
}

static unsigned space_hash(const struct space *s)
{
    u64 word[sizeof *s / sizeof(u64)], hash = 0;
    memcpy(word, s, sizeof word);
    for (unsigned k = 0; k < sizeof word / sizeof word[0]; k++)
        hash = (hash ^ word[k]) * 0x9e3779b97f4a7c15u;
    return (unsigned)(hash >> 40) & (CONTEXT_N - 1);
}

static struct context *search(struct translations *t, const struct space *space)
{
    for (unsigned k = 0; k < t->used; k++)
        if (space_equal(&t->space[k], space)) return &t->context[k];
    return NULL;
}

struct context *context_of(struct hart *h, const struct space *space)
{
    struct translations *t = h->translations;
    struct context **found = &t->found[space_hash(space)];
    t->clock++;
    if (!*found || !space_equal(&(*found)->space, space)) *found = search(t, space);
    if (*found) {
        (*found)->last_use = t->clock;
        return *found;
    }
    struct context *c = *found = oldest(t, h);
    for (unsigned k = 0; k < 8; k++)
        if (t->of_mode[k] == c) t->of_mode[k] = NULL;
    if (!c->used) { /* never wiped before */
        c->filled = true;
        t->used++;
    }
    c->used = true;
    c->space = t->space[c - t->context] = *space;
    c->last_use = t->clock;
    renew(h, c);
    return c;
}

static struct context *context_of_mode(struct hart *h, unsigned priv, bool virt)
{
    struct context **slot = &h->translations->of_mode[priv | (unsigned)virt << 2];
    if (!*slot) {
        struct space s = space_of(h, priv, virt);
        *slot = context_of(h, &s);
    }
    return *slot;
}

/* Only U-mode's pointer masking makes it another than that of the guest's mode. */
struct context *context_of_guest_access(struct hart *h)
{
    if (h->priv != PRIV_U)
        return context_of_mode(h, h->hstatus & HSTATUS_SPVP ? PRIV_S : PRIV_U, true);
    struct space s = space_of_guest_access(h);
    return context_of(h, &s);
}

void context_look_up(struct hart *h)
{
    h->code = h->data = context_of_mode(h, h->priv, h->virt);
    if (RARE(h->priv == PRIV_M && (h->mstatus & STATUS_MPRV))) {
        struct space s = space_of_data(h);
        h->data = context_of(h, &s);
    }
}

void context_reselect(struct hart *h)
{
    memset(h->translations->of_mode, 0, sizeof h->translations->of_mode);
    context_select(h);
}

unsigned context_new_site(struct hart *h, bool store)
{
    struct translations *t = h->translations;
    unsigned site = 1 + t->sites_taken[store]++ % (SITE_N - 1);
    if (site < t->sites[store]) return site;
    for (unsigned k = 0; k < t->used; k++) t->context[k].site_tag[store][site] = t->site_empty;
    t->sites[store] = site + 1;
    return site;
}

/* ---- which pages have been met ---- */

static unsigned page_hash(u64 va)
{
    return (unsigned)((va >> PAGE_SHIFT) * 0x9e3779b97f4a7c15u >> 51);
}

static void note_page(struct page_set *s, u64 va)
{
    unsigned n = page_hash(va);
    s->word[n / 64] |= BIT(n & 63);
}

static bool may_have_page(const struct page_set *s, u64 va)
{
    unsigned n = page_hash(va);
    return s->word[n / 64] >> (n & 63) & 1;
}

void context_note_code(struct context *c, u64 va)
{
    note_page(&c->code_pages, va);
}

/* ---- filling ---- */

static u64 region_bit(u64 va, unsigned shift)
{
    return BIT((va >> shift) * 0x9e3779b97f4a7c15u >> 58);
}

static void note_large(struct context *c, u64 va, unsigned shift)
{
    if (shift <= PAGE_SHIFT || shift == 63) return;
    if (shift <= 21)
        c->mega |= region_bit(va, 21);
    else if (shift <= 30)
        c->giga |= region_bit(va, 30);
    else
        c->larger = true;
}

static void enter_first(struct context *c, u64 va, enum access access, u64 add)
{
    struct tlb_entry e = {va & ~PAGE_OFFSET_MASK, add};
    c->filled = true;
    if (access == ACCESS_LOAD) c->load[va >> PAGE_SHIFT & (TLB_N - 1)] = e;
    if (access == ACCESS_STORE) c->store[va >> PAGE_SHIFT & (TLB_N - 1)] = e;
}

static u8 *translate_page(struct hart *h, struct context *c, const struct space *space, u64 va,
                          enum access access)
{
    struct walk *w = &h->walk;
    c->filled = true;
    memory_walk(h, space, va, access, &c->walks, w);
    h->walked = (struct walked){c, va, access};
    if (w->outcome != WALK_OK) return NULL;
    u64 page_pa = w->pa & ~PAGE_OFFSET_MASK;
    if (!pmp_allows(&h->pmp, page_pa, PAGE_SIZE, access, c->space.priv)) return NULL;
    struct ram_page page = h->bus.page(h->bus.machine, page_pa);
    if (!page.host || (access == ACCESS_STORE && *page.flags)) return NULL;
    h->walked.context = NULL;
    note_large(c, va, w->first_shift);
    note_page(&c->pages, va);
    return page.host;
}

/* An address that pointer masking changes is never entered: what hits is the address as it stands.
 */
static u8 *fill_by(struct hart *h, struct context *c, const struct space *space, u64 va,
                   unsigned span, enum access access)
{
    if (space_address(&c->space, access, va) != va) return NULL;
    if ((va & PAGE_OFFSET_MASK) + span > PAGE_SIZE) return NULL;
    struct tlb_entry *e = second_slot(h, c, va, access);
    if (e->tag == second_tag(c, va, access) && canonical(va)) {
        enter_first(c, va, access, e->add);
        return (u8 *)(va + e->add);
    }
    u8 *page = translate_page(h, c, space, va, access);
    if (!page) return NULL;
    u64 add = (u64)page - (va & ~PAGE_OFFSET_MASK);
    enter_first(c, va, access, add);
    if (canonical(va)) *e = (struct tlb_entry){second_tag(c, va, access), add};
    return page + (va & PAGE_OFFSET_MASK);
}

u8 *tlb_fill(struct hart *h, struct context *c, u64 va, unsigned span, enum access access)
{
    return fill_by(h, c, &c->space, va, span, access);
}

u8 *tlb_fill_early(struct hart *h, struct context *c, u64 va, unsigned span)
{
    struct space space = c->space;
    space.adue = space.gadue = false;
    u8 *host = fill_by(h, c, &space, va, span, ACCESS_STORE);
    h->walked.context = NULL;
    return host;
}

/* ---- retiring ---- */

void context_retire(struct hart *h, struct context *c)
{
    renew(h, c);
}

/* A fence looks at every site of a context, and retires few: so first it asks of sixteen at once
 * whether the low half of a tag is the page's. */
typedef u32 two_tags __attribute__((vector_size(16), may_alias, aligned(8)));

static bool may_be_among_sixteen(const u64 *tag, u64 page)
{
    const two_tags *t = (const two_tags *)tag, p = {(u32)page, 0, (u32)page, 0};
    two_tags same = {0};
#pragma GCC unroll 8
    for (unsigned k = 0; k < 8; k++) same |= (two_tags)(t[k] == p);
    return same[0] | same[2];
}

static void drop_from_sites(const struct translations *t, struct context *c, bool store, u64 page)
{
    u64 *tag = c->site_tag[store];
    for (unsigned k = 0; k < t->sites[store]; k += 16) {
        if (LIKELY(!may_be_among_sixteen(tag + k, page))) continue;
        for (unsigned n = k; n < k + 16; n++)
            if (tag[n] == page) tag[n] = t->site_empty;
    }
}

void context_retire_page(struct hart *h, struct context *c, u64 va)
{
    if (c->larger || (c->mega & region_bit(va, 21)) || (c->giga & region_bit(va, 30))) {
        renew(h, c);
        return;
    }
    u64 page = va & ~PAGE_OFFSET_MASK, n = va >> PAGE_SHIFT & (TLB_N - 1);
    walk_cache_drop(&c->walks, va);
    if (!may_have_page(&c->pages, va)) return;
    drop_from_sites(h->translations, c, false, page);
    drop_from_sites(h->translations, c, true, page);
    u64 elsewhere = page ^ PAGE_SIZE; /* no page of this slot */
    if (c->load[n].tag == page) c->load[n].tag = elsewhere;
    if (c->store[n].tag == page) c->store[n].tag = elsewhere;
    for (unsigned access = 0; access < ACCESS_N; access++) {
        struct tlb_entry *e = second_slot(h, c, va, access);
        if (e->tag == second_tag(c, va, access)) e->tag = 0;
    }
    if (may_have_page(&c->code_pages, va)) c->code_stamp = ++h->translations->stamp;
}

void contexts_retire_all(struct hart *h)
{
    for (unsigned k = 0; k < h->translations->used; k++) renew(h, &h->translations->context[k]);
}

void contexts_forget_stores(struct hart *h)
{
    struct translations *t = h->translations;
    for (unsigned k = 0; k < t->used; k++) {
        struct context *c = &t->context[k];
        if (!c->filled) continue;
        renew_mark(t, c, true);
        wipe_first(c->store);
        wipe_sites(t, c, true);
    }
}

void contexts_forget_jumps(struct hart *h)
{
    struct translations *t = h->translations;
    for (unsigned k = 0; k < t->used; k++) t->context[k].code_stamp = ++t->stamp;
}
