#include "hart/memory.h"
#include "hart/context.h"
#include "hart/decode.h"
#include "hart/host.h"

enum status raise_exception(struct hart *h, u64 cause, u64 tval)
{
    bool address = cause == EXC_BREAKPOINT || cause == EXC_FETCH_MISALIGNED; /* what tval is */
    bool instruction = cause == EXC_ILLEGAL || cause == EXC_VIRTUAL;
    if (instruction && h->config.zero_tval) tval = 0;
    h->trap = (struct exception_info){
        .cause = cause, .tval = tval, .tval_is_guest_va = address && h->virt};
    return TRAPPED;
}

/* ---- page-table memory ---- */

static u8 *entry_host(struct hart *h, u64 pa, enum access access)
{
    if (!pmp_allows(&h->pmp, pa, 8, access, PRIV_S)) return NULL;
    u8 *host = h->bus.page(h->bus.machine, pa).host;
    return host ? host + (pa & PAGE_OFFSET_MASK) : NULL;
}

static bool read_entry(void *arg, u64 pa, u64 *pte)
{
    const u8 *p = entry_host(arg, pa, ACCESS_LOAD);
    if (p) *pte = host_load(p, 8);
    return p != NULL;
}

static bool swap_entry(void *arg, u64 pa, u64 old, u64 new_pte, u64 *pte)
{
    struct hart *h = arg;
    u8 *p = entry_host(h, pa, ACCESS_STORE);
    if (!p) return false;
    *pte = old;
    if (host_swap_u64(h->config.monitor != NULL, p, pte, new_pte)) memory_wrote(h, pa, 8);
    return true;
}

void memory_walk(struct hart *h, const struct space *space, u64 va, enum access access,
                 struct walk_cache *cache, struct walk *out)
{
    struct walk_memory memory = {h, read_entry, swap_entry, h->atc};
    h->walked.context = NULL;
    walk(space, va, access, &memory, cache, out);
    if (LIKELY(!h->observer || !h->observer->walked)) return;
    struct walk_event e = {space, va, access, out};
    h->observer->walked(h->observer->arg, h, &e);
}

/* ---- faults ---- */

/* Causes by access (priv. spec 12.1.8): what misalignment, PMP or an empty place, the first stage,
 * and the G-stage make of it. */
static const struct {
    u8 misaligned, access, page, guest;
} causes[ACCESS_N] = {
    [ACCESS_LOAD] = {EXC_LOAD_MISALIGNED,  EXC_LOAD_ACCESS,  EXC_LOAD_PAGE,  EXC_LOAD_GUEST },
    [ACCESS_HLVX] = {EXC_LOAD_MISALIGNED,  EXC_LOAD_ACCESS,  EXC_LOAD_PAGE,  EXC_LOAD_GUEST },
    [ACCESS_STORE] = {EXC_STORE_MISALIGNED, EXC_STORE_ACCESS, EXC_STORE_PAGE, EXC_STORE_GUEST},
    [ACCESS_SS_LOAD] = {EXC_STORE_MISALIGNED, EXC_STORE_ACCESS, EXC_STORE_PAGE, EXC_STORE_GUEST},
    [ACCESS_SS_STORE] = {EXC_STORE_MISALIGNED, EXC_STORE_ACCESS, EXC_STORE_PAGE, EXC_STORE_GUEST},
    [ACCESS_CBO] = {EXC_STORE_MISALIGNED, EXC_STORE_ACCESS, EXC_STORE_PAGE, EXC_STORE_GUEST},
    [ACCESS_FETCH] = {EXC_FETCH_MISALIGNED, EXC_FETCH_ACCESS, EXC_FETCH_PAGE, EXC_FETCH_GUEST},
};

/* va is the address that failed; start, that of the whole access. */
static enum status fault(struct hart *h, const struct space *space, enum access access, u64 cause,
                         u64 va, u64 start)
{
    h->trap = (struct exception_info){
        .cause = cause,
        .tval = va,
        .tval_is_guest_va = space->virt,
        .explicit_access = access != ACCESS_FETCH,
        .offset = (u8)(va - start),
    };
    return TRAPPED;
}

static enum status walk_fault(struct hart *h, const struct space *space, enum access access, u64 va,
                              u64 start)
{
    const struct walk *w = &h->walk;
    u64 cause = w->outcome == WALK_PAGE_FAULT    ? causes[access].page
                : w->outcome == WALK_GUEST_FAULT ? causes[access].guest
                                                 : causes[access].access;
    fault(h, space, access, cause, va, start);
    if (w->outcome != WALK_GUEST_FAULT) return TRAPPED;
    h->trap.gpa = w->gpa;
    if (w->implicit) h->trap.pseudo = w->implicit_store ? 'w' : 'r';
    return TRAPPED;
}

/* ---- one piece of an access: bytes within one page ---- */

struct piece {
    u64 pa;
    u8 *host; /* NULL: a device */
    unsigned size;
};

/* The reference stepper walks from the root; in the other tiers it only does what they leave to it,
 * and may remember what they do. */
static struct walk_cache *cache_for(struct hart *h, const struct space *space)
{
    if (h->config.tier == TIER_STEP || !space_equal(space, &h->data->space)) return NULL;
    h->data->filled = true;
    return &h->data->walks;
}

/* Has the walk been made just now, on the way here? */
static bool just_walked(const struct hart *h, enum access access, u64 va)
{
    const struct walked *w = &h->walked;
    return w->context == h->data && w->va == va && w->access == access;
}

static enum status find_piece(struct hart *h, const struct space *space, enum access access, u64 va,
                              u64 start, unsigned size, struct piece *out)
{
    struct walk_cache *cache = cache_for(h, space);
    if (!cache || !just_walked(h, access, va)) memory_walk(h, space, va, access, cache, &h->walk);
    h->walked.context = NULL;
    if (h->walk.outcome != WALK_OK) return walk_fault(h, space, access, va, start);
    out->pa = h->walk.pa;
    out->size = size;
    if (!pmp_allows(&h->pmp, out->pa, size, access, space->priv))
        return fault(h, space, access, causes[access].access, va, start);
    u8 *host = h->bus.page(h->bus.machine, out->pa).host;
    out->host = host ? host + (out->pa & PAGE_OFFSET_MASK) : NULL;
    return GO;
}

/* The one or two pieces of an access; va has passed pointer masking, which every byte is subject
 * to. */
static enum status find_pieces(struct hart *h, const struct space *space, enum access access,
                               u64 va, unsigned size, struct piece piece[2], unsigned *n)
{
    bool misaligned = va & (size - 1);
    u64 left = PAGE_SIZE - (va & PAGE_OFFSET_MASK);
    if (misaligned && h->config.trap_misaligned)
        return fault(h, space, access, causes[access].misaligned, va, va);
    unsigned first = size < left ? size : (unsigned)left;
    u64 second = space_address(space, access, va + first);
    enum status s = find_piece(h, space, access, va, va, first, &piece[0]);
    *n = 1;
    if (s == GO && first < size) {
        s = find_piece(h, space, access, second, va, size - first, &piece[1]);
        *n = 2;
    }
    if (s != GO) return s;
    /* A device takes aligned accesses only, whole. */
    for (unsigned k = 0; k < *n; k++)
        if (!piece[k].host && misaligned)
            return fault(h, space, access, causes[access].access, k ? second : va, va);
    return GO;
}

void memory_note(struct hart *h, u64 va, unsigned size, u64 value, bool store)
{
    struct commit *c = &h->commit;
    if (c->mem_n == COMMIT_MEM_MAX) return;
    c->mem[c->mem_n].va = va;
    c->mem[c->mem_n].value = value;
    c->mem[c->mem_n].size = (u8)size;
    c->mem[c->mem_n++].store = store;
}

/* One device access; false when there is no device or it does not take it. Devices are not
 * executable, which HLVX asks for as well as being readable (22.3.1). */
static bool device_access(struct hart *h, enum access access, u64 pa, unsigned size, u64 *value)
{
    bool is_store = access == ACCESS_STORE;
    if (access == ACCESS_HLVX) return false;
    bool good = is_store ? h->bus.store(h->bus.machine, pa, size, *value)
                         : h->bus.load(h->bus.machine, pa, size, value);
    if (good && h->observer && h->observer->device) {
        struct device_event e = {pa, *value, (u8)size, is_store};
        h->observer->device(h->observer->arg, h, &e);
    }
    return good;
}

enum status memory_load(struct hart *h, const struct space *space, enum access access, u64 va,
                        unsigned size, u64 *value)
{
    struct piece piece[2];
    unsigned n;
    u64 at = space_address(space, access, va);
    enum status s = find_pieces(h, space, access, at, size, piece, &n);
    if (s != GO) return s;
    *value = 0;
    if (!piece[0].host) {
        if (!device_access(h, access, piece[0].pa, size, value))
            return fault(h, space, access, causes[access].access, at, at);
    } else {
        *value = host_load(piece[0].host, piece[0].size);
        if (n == 2) *value |= host_load(piece[1].host, piece[1].size) << 8 * piece[0].size;
    }
    memory_note(h, va, size, *value, false);
    return GO;
}

enum status memory_store(struct hart *h, const struct space *space, u64 va, unsigned size,
                         u64 value)
{
    struct piece piece[2];
    unsigned n;
    u64 at = space_address(space, ACCESS_STORE, va);
    enum status s = find_pieces(h, space, ACCESS_STORE, at, size, piece, &n);
    if (s != GO) return s;
    memory_note(h, va, size, value, true);
    if (!piece[0].host) {
        if (device_access(h, ACCESS_STORE, piece[0].pa, size, &value)) return GO;
        return fault(h, space, ACCESS_STORE, causes[ACCESS_STORE].access, at, at);
    }
    for (unsigned k = 0; k < n; k++) {
        host_store(piece[k].host, piece[k].size, k ? value >> 8 * piece[0].size : value);
        memory_wrote(h, piece[k].pa, piece[k].size);
    }
    return GO;
}

void memory_wrote(struct hart *h, u64 pa, unsigned size)
{
    struct ram_page page = h->bus.page(h->bus.machine, pa);
    if (RARE(page.flags && *page.flags)) h->bus.stored(h->bus.machine, pa, size);
}

enum status memory_atomic(struct hart *h, enum access access, u64 va, unsigned size, u8 **host,
                          u64 *pa)
{
    struct space space = space_of_data(h);
    struct piece piece;
    va = space_address(&space, access, va);
    if (va & (size - 1)) return fault(h, &space, access, causes[access].misaligned, va, va);
    enum status s = find_piece(h, &space, access, va, va, size, &piece);
    if (s != GO) return s;
    if (!piece.host) return fault(h, &space, access, causes[access].access, va, va);
    *host = piece.host;
    *pa = piece.pa;
    return GO;
}

/* ---- cache blocks (CMO extensions) ---- */

static enum status find_block(struct hart *h, enum access access, u64 va, struct piece *piece)
{
    struct space space = space_of_data(h);
    va = space_address(&space, access, va);
    enum status s = find_piece(h, &space, access, va, va, 1, piece);
    if (s != GO) return s;
    u64 offset = va & (CACHE_BLOCK - 1);
    if (!pmp_allows(&h->pmp, piece->pa - offset, CACHE_BLOCK, access, space.priv) || !piece->host)
        return fault(h, &space, access, causes[access].access, va, va);
    piece->pa -= offset;
    piece->host -= offset;
    return GO;
}

/* Caches are not modelled: only the permissions count. */
enum status memory_cbo(struct hart *h, u64 va)
{
    struct piece piece;
    return find_block(h, ACCESS_CBO, va, &piece);
}

enum status memory_cbo_zero(struct hart *h, u64 va)
{
    struct piece piece;
    enum status s = find_block(h, ACCESS_STORE, va, &piece);
    if (s != GO) return s;
    memory_note(h, va & -(u64)CACHE_BLOCK, CACHE_BLOCK, 0, true);
    for (unsigned k = 0; k < CACHE_BLOCK; k += 8) host_store(piece.host + k, 8, 0);
    memory_wrote(h, piece.pa, CACHE_BLOCK);
    return GO;
}

/* ---- fetch ---- */

static enum status fetch_half(struct hart *h, const struct space *space, u64 va, u64 start,
                              u16 *half)
{
    struct piece piece;
    enum status s = find_piece(h, space, ACCESS_FETCH, va, start, 2, &piece);
    if (s != GO) return s;
    if (!piece.host) return fault(h, space, ACCESS_FETCH, EXC_FETCH_ACCESS, va, start);
    *half = (u16)host_load(piece.host, 2);
    return GO;
}

enum status memory_fetch(struct hart *h, u64 va, u32 *raw)
{
    struct space space = space_of(h, h->priv, h->virt);
    u16 low, high = 0;
    enum status s = fetch_half(h, &space, va, va, &low);
    if (s == GO && insn_length(low) == 4) s = fetch_half(h, &space, va + 2, va, &high);
    *raw = low | (u32)high << 16;
    return s;
}
