/* Decoded blocks.
 *
 * A block is a run of instructions on one physical page, keyed by the host address of its first
 * byte, so that a change of satp or hgatp, of mode or of guest leaves all of them good. It goes on
 * past branches not taken and ends at a jump, at a system instruction (which the stepper runs), at
 * the page's end or after BLOCK_MAX instructions. An instruction that straddles two pages is in no
 * block.
 *
 * A page that has blocks is flagged PAGE_CODE, which keeps it out of every store TLB: a store to it
 * comes to the stepper and drops the page's blocks. There is no other invalidation, unless harts
 * run at the same time: then nobody is told of stores, blocks are made from a copy of the page, and
 * after FENCE.I a page's copy is compared with the page before its blocks run again (Zifencei asks
 * for no more).
 *
 * Ways from block to block:
 *     within the page     a link kept with the instruction that jumps; same page, same block
 *     anywhere            the context's jump cache, from virtual pc to block (hart/context.h)
 */
#include "hart/block.h"
#include "hart/context.h"
#include "hart/decode.h"
#include "hart/host.h"
#include "hart/jit/jit.h"
#include "hart/memory.h"
#include "hart/step.h"
#include "hext/gate.h"

#include <stdlib.h>
#include <string.h>

enum { HASH_N = 1 << 18, PAGE_HASH_N = 1 << 16, BLOCKS_MAX = 1 << 20, HEAT = 24 };

/* A page with blocks. */
struct code_page {
    const u8 *host;
    u8 *copy; /* with a monitor: the page as its blocks have it, and was at fence number fence */
    u64 fence;
    struct code_page *next;
    struct block *blocks;
};

struct block_cache {
    struct block *hash[HASH_N];
    struct code_page *pages[PAGE_HASH_N];
    unsigned block_n;
    u64 fences; /* FENCE.I so far, with a monitor */
};

bool blocks_init(struct hart *h)
{
    h->blocks = calloc(1, sizeof *h->blocks);
    return h->blocks != NULL;
}

/* ---- finding and dropping ---- */

/* The blocks of a page lie near each other, those of different pages anywhere. */
static struct block **hash_slot(struct block_cache *c, const u8 *host)
{
    u64 page = ((u64)host >> PAGE_SHIFT) * 0x9e3779b97f4a7c15u >> 40;
    return &c->hash[(page ^ ((u64)host & PAGE_OFFSET_MASK) >> 1) & (HASH_N - 1)];
}

static struct code_page **page_slot(struct block_cache *c, const u8 *host_page)
{
    struct code_page **slot = &c->pages[(u64)host_page >> PAGE_SHIFT & (PAGE_HASH_N - 1)];
    while (*slot && (*slot)->host != host_page) slot = &(*slot)->next;
    return slot;
}

static void unhash(struct block_cache *c, struct block *b)
{
    struct block **slot = hash_slot(c, b->host);
    while (*slot != b) slot = &(*slot)->hash_next;
    *slot = b->hash_next;
}

static void drop(struct block_cache *c, struct code_page **slot)
{
    struct code_page *page = *slot;
    *slot = page->next;
    for (struct block *b = page->blocks, *next; b; b = next) {
        next = b->page_next;
        unhash(c, b);
        jit_drop(b->traces);
        free(b);
        c->block_n--;
    }
    free(page->copy);
    free(page);
}

void blocks_drop_page(struct hart *h, const u8 *host_page)
{
    struct code_page **slot = page_slot(h->blocks, host_page);
    if (!*slot) return;
    drop(h->blocks, slot);
    contexts_forget_jumps(h);
}

void blocks_drop_all(struct hart *h)
{
    for (unsigned k = 0; k < PAGE_HASH_N; k++)
        while (h->blocks->pages[k]) drop(h->blocks, &h->blocks->pages[k]);
    contexts_forget_jumps(h);
}

void blocks_free(struct hart *h)
{
    if (h->blocks) blocks_drop_all(h);
    free(h->blocks);
    h->blocks = NULL;
}

/* ---- harts that run at the same time ---- */

void blocks_fence(struct hart *h)
{
    if (!h->config.monitor) return;
    h->blocks->fences++;
    contexts_forget_jumps(h);
}

static bool same_as_copy(const struct code_page *page)
{
    for (unsigned k = 0; k < PAGE_SIZE; k += 8)
        if (host_load(page->host + k, 8) != host_load(page->copy + k, 8)) return false;
    return true;
}

/* The page of host is to run: if it has changed before the last FENCE.I, its blocks are no more. */
static void check_page(struct hart *h, const u8 *host)
{
    const u8 *host_page = host - ((u64)host & PAGE_OFFSET_MASK);
    struct code_page *page = *page_slot(h->blocks, host_page);
    if (!page || page->fence == h->blocks->fences) return;
    page->fence = h->blocks->fences;
    if (!same_as_copy(page)) blocks_drop_page(h, host_page);
}

static bool copy_page(struct hart *h, struct code_page *page)
{
    page->fence = h->blocks->fences;
    page->copy = malloc(PAGE_SIZE);
    for (unsigned k = 0; page->copy && k < PAGE_SIZE; k += 8)
        host_store(page->copy + k, 8, host_load(page->host + k, 8));
    return page->copy;
}

const u8 *blocks_page_bytes(const struct hart *h, const u8 *host_page)
{
    if (!h->config.monitor) return host_page;
    return (*page_slot(h->blocks, host_page))->copy;
}

/* ---- making ---- */

static bool is_jump(const struct insn *i)
{
    return i->op == OP_jal || i->op == OP_jalr;
}

/* Instructions that change more than registers and memory run in the stepper: their rows say so. */
static bool is_system(const struct insn *i)
{
    const char *body = full_rows[i->op].body;
    return strncmp(body, "SYS(", 4) == 0 || strncmp(body, "CSR(", 4) == 0;
}

/* Decode from this offset in a page into insn[]; the number that count. */
static unsigned decode_block(const struct isa *isa, const u8 *page, unsigned offset,
                             struct insn *insn)
{
    unsigned n = 0;
    for (; n < BLOCK_MAX; n++) {
        struct insn *i = &insn[n];
        u32 raw = 0;
        *i = (struct insn){.op = OP_PUNT, .offset = (u16)offset};
        if (offset >= PAGE_SIZE) break;
        memcpy(&raw, page + offset, 2);
        if (insn_length((u16)raw) == 4) {
            if (offset + 4 > PAGE_SIZE) break;
            memcpy(&raw, page + offset, 4);
        }
        decode(isa, raw, i);
        i->offset = (u16)offset;
        if (!i->rd) i->rd = 32;
        if (i->op == OP_ILLEGAL || is_system(i)) break;
        offset += i->len;
        if (is_jump(i)) {
            n++;
            insn[n] = (struct insn){.op = OP_END, .offset = (u16)offset};
            break;
        }
    }
    if (n == BLOCK_MAX) insn[n] = (struct insn){.op = OP_END, .offset = (u16)offset};
    return n;
}

/* Flag the page, so that stores to it are seen from now on. Its physical address takes a walk; when
 * that leads elsewhere, the TLB was stale and the stepper must look. */
static struct code_page *add_page(struct hart *h, struct code_page **slot, const u8 *host_page)
{
    memory_walk(h, &h->code->space, h->pc, ACCESS_FETCH, NULL, &h->walk);
    if (h->walk.outcome != WALK_OK) return NULL;
    struct ram_page ram = h->bus.page(h->bus.machine, h->walk.pa);
    struct code_page *page = ram.host == host_page ? calloc(1, sizeof *page) : NULL;
    if (!page) return NULL;
    page->host = host_page;
    if (h->config.monitor && !copy_page(h, page)) {
        free(page);
        return NULL;
    }
    page->next = *slot;
    *slot = page;
    if (!h->config.monitor && !(*ram.flags & PAGE_CODE)) {
        *ram.flags |= PAGE_CODE;
        h->bus.code_page(h->bus.machine, h->walk.pa);
    }
    return page;
}

/* Where the links of a block of n instructions lie in it, as they must be aligned. */
static size_t links_at(unsigned n)
{
    size_t end = offsetof(struct block, insn) + (n + 1) * sizeof(struct insn);
    return (end + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
}

static s64 heat_at_first(const struct hart *h)
{
    if (h->config.tier != TIER_JIT) return INT64_MAX;
    return h->config.heat ? h->config.heat : HEAT;
}

static struct block *make(struct hart *h, const u8 *host)
{
    struct insn insn[BLOCK_MAX + 1];
    const u8 *host_page = host - ((u64)host & PAGE_OFFSET_MASK);
    struct code_page **slot = page_slot(h->blocks, host_page), *page = *slot;
    if (!page) page = add_page(h, slot, host_page);
    if (!page) return NULL;
    unsigned n =
        decode_block(h->isa, blocks_page_bytes(h, host_page), (u64)host & PAGE_OFFSET_MASK, insn);
    struct block *b = calloc(1, links_at(n) + (n + 1) * sizeof *b->link);
    if (!b) return NULL;
    memcpy(b->insn, insn, (n + 1) * sizeof insn[0]);
    b->link = (struct block **)((u8 *)b + links_at(n));
    b->host = host;
    b->heat = heat_at_first(h);
    b->n = (u16)n;
    b->page_next = page->blocks;
    page->blocks = b;
    struct block **head = hash_slot(h->blocks, host);
    b->hash_next = *head;
    *head = b;
    h->blocks->block_n++;
    return b;
}

struct block *block_at(const struct hart *h, const u8 *host)
{
    struct block *b = *hash_slot(h->blocks, host);
    while (b && b->host != host) b = b->hash_next;
    return b;
}

u64 block_runs(const struct hart *h, const struct block *b)
{
    return (u64)(heat_at_first(h) - b->heat);
}

struct block *block_find(struct hart *h)
{
    struct jump *j = &h->code->jump[h->pc >> 1 & (JUMP_N - 1)];
    if (LIKELY(j->pc == h->pc && j->stamp == h->code->code_stamp)) return j->block;
    const u8 *host = tlb_fill(h, h->code, h->pc, 2, ACCESS_FETCH);
    if (!host) return NULL;
    if (RARE(h->config.monitor)) check_page(h, host);
    struct block *b = block_at(h, host);
    if (!b) b = make(h, host);
    if (b) context_note_code(h->code, h->pc);
    if (b) *j = (struct jump){h->pc, h->code->code_stamp, b};
    return b;
}

/* ---- the rows over the TLB: what is no hit, and what would trap, goes to the stepper ---- */

static __attribute__((noinline)) u8 *miss(struct hart *h, u64 va, unsigned size, enum access access)
{
    if ((va & (size - 1)) && h->config.trap_misaligned) return NULL;
    return tlb_fill(h, h->data, va, size, access);
}

static inline u8 *lookup(struct hart *h, const struct tlb_entry *table, u64 va, unsigned size,
                         enum access access)
{
    const struct tlb_entry *e = &table[va >> PAGE_SHIFT & (TLB_N - 1)];
    if (LIKELY(va - e->tag <= PAGE_SIZE - size)) {
        if (LIKELY(!(va & (size - 1)) || !h->config.trap_misaligned)) return (u8 *)(va + e->add);
    }
    return miss(h, va, size, access);
}

/* NULL: there is no plain way to the memory. */
static inline enum status get(const u8 *p, unsigned size, u64 *value)
{
    if (RARE(!p)) return PUNT;
    *value = host_load(p, size);
    return GO;
}

static inline enum status put(u8 *p, unsigned size, u64 value)
{
    if (RARE(!p)) return PUNT;
    host_store(p, size, value);
    return GO;
}

static inline enum status load(struct hart *h, u64 va, unsigned size, u64 *value)
{
    return get(lookup(h, h->data->load, va, size, ACCESS_LOAD), size, value);
}

static inline enum status store(struct hart *h, u64 va, unsigned size, u64 value)
{
    return put(lookup(h, h->data->store, va, size, ACCESS_STORE), size, value);
}

static inline enum status atomic(struct hart *h, enum access access, u64 va, unsigned size,
                                 u8 **host)
{
    const struct tlb_entry *table = access == ACCESS_LOAD ? h->data->load : h->data->store;
    if (va & (size - 1)) return PUNT;
    *host = lookup(h, table, va, size, access);
    return *host ? GO : PUNT;
}

/* HLV, HLVX and HSV: the same, in the guest's space. */
static u8 *guest_lookup(struct hart *h, u64 va, unsigned size, enum access access)
{
    if (hlv_gate(h) || ((va & (size - 1)) && h->config.trap_misaligned)) return NULL;
    return tlb_fill(h, context_of_guest_access(h), va, size, access);
}

static inline enum status guest_load(struct hart *h, enum access access, u64 va, unsigned size,
                                     u64 *value)
{
    return get(guest_lookup(h, va, size, access), size, value);
}

static inline enum status guest_store(struct hart *h, u64 va, unsigned size, u64 value)
{
    return put(guest_lookup(h, va, size, ACCESS_STORE), size, value);
}

/* clang-format off */
#define LOAD(va, size, value)                 load(h, va, size, value)
#define STORE(va, size, value)                store(h, va, size, value)
#define ATOMIC(access, va, size, host, where) atomic(h, access, va, size, host)
#define NOTE_LOAD(va, size, v)                {}
#define WROTE(va, pa, size, v)                {} /* flagged pages are in no store TLB */
#define NOTE_CSR(number)                      {}
#define ILLEGAL()                             return PUNT
#define MISALIGNED(target)                    return PUNT
#define LAND()                                return PUNT
#define SYS(s)                                return PUNT;
#define CSR(new, write, read)                 return PUNT;
#define HSV(type)                             return guest_store(h, RS1, sizeof(type), (u64)(type)RS2);
/* clang-format on */
#define HLV(type, access)                                                                          \
    u64 v_;                                                                                        \
    if (guest_load(h, access, RS1, sizeof(type), &v_) != GO) return PUNT;                          \
    WR((u64)(type)v_)
#include "hart/words.h"

#define INSN(id, ext, encoding, syntax, body)                                                      \
    static inline                                                                                  \
        __attribute__((always_inline)) enum status row_##id(struct hart *h, const struct insn *i)  \
    {                                                                                              \
        (void)h, (void)i;                                                                          \
        body return GO;                                                                            \
    }
#include "hart/rows.def"
#undef INSN

#define INSN(id, ext, encoding, syntax, body)                                                      \
    static enum status call_##id(struct hart *h, const struct insn *i)                             \
    {                                                                                              \
        return row_##id(h, i);                                                                     \
    }
#include "hart/rows.def"
#undef INSN

enum status block_row(struct hart *h, const struct insn *i)
{
    static enum status (*const rows[OP_ILLEGAL])(struct hart *, const struct insn *) = {
#define INSN(id, ext, encoding, syntax, body) [OP_##id] = call_##id,
#include "hart/rows.def"
#undef INSN
    };
    return rows[i->op](h, i);
}

/* Run b, and blocks linked to it, while the budget lasts. How it ended is in the hart: pc is exact,
 * and the return value says whether the stepper must do the instruction at pc (which is *next). */
static bool run_linked(struct hart *h, struct block *b, bool one, struct insn *next)
{
    static const void *const labels[OP_N] = {
#define INSN(id, ext, encoding, syntax, body) [OP_##id] = &&do_##id,
#include "hart/rows.def"
#undef INSN
        [OP_ILLEGAL] = &&do_punt, [OP_END] = &&do_end, [OP_PUNT] = &&do_punt};
    struct insn *i;
    enum status s;
    unsigned k;

start:
    h->page_va = h->pc & ~PAGE_OFFSET_MASK;
    h->budget -= b->n;
    i = b->insn;
    goto *labels[i->op];

#define INSN(id, ext, encoding, syntax, body)                                                      \
    do_##id : s = row_##id(h, i);                                                                  \
    if (s != GO) goto leave;                                                                       \
    i++;                                                                                           \
    goto *labels[i->op];
#include "hart/rows.def"
#undef INSN

do_end:
    h->pc = h->page_va + i->offset;
    k = b->n;
    goto link;
leave:
    k = (unsigned)(i - b->insn);
    if (RARE(s == PUNT)) goto do_punt;
    h->budget += b->n - (k + 1); /* what follows a branch taken did not run */
    if (i->op == OP_jalr) return false;
    i->taken++;
link:
    if (one || (h->pc ^ h->page_va) >> PAGE_SHIFT) return false;
    if (RARE(!b->link[k])) b->link[k] = block_find(h);
    if (!b->link[k] || b->link[k]->n > h->budget || RARE(--b->link[k]->heat <= 0)) return false;
    b = b->link[k];
    goto start;
do_punt:
    k = (unsigned)(i - b->insn);
    h->budget += b->n - k;
    h->pc = h->page_va + i->offset;
    *next = *i;
    return true;
}

void block_run_linked(struct hart *h, bool one)
{
    struct insn next; /* a copy: its block may be dropped by what it does */
    if (h->blocks->block_n > BLOCKS_MAX) blocks_drop_all(h);
    struct block *b = block_find(h);
    if (!b || b->n > h->budget) {
        step(h);
        return;
    }
    b->heat--;
    if (!run_linked(h, b, one, &next)) return;
    if (!h->budget) return;
    if (next.op == OP_PUNT)
        step(h);
    else
        step_decoded(h, &next);
}

void block_run(struct hart *h, bool one)
{
    do block_run_linked(h, one);
    while (h->budget && !h->attention && !one);
}
