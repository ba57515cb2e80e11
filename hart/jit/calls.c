/* C that translated code calls: the state is in the hart, apart from the steps that are not charged
 * yet; and the way in. */
#include "hart/decode.h"
#include "hart/host.h"
#include "hart/jit/find.h"
#include "hart/jit/host.h"
#include "hart/step.h"

/* Deal with what interrupts depend on; false: something is up that the loop around must see to, and
 * attention is still wanted. */
static bool attend(struct hart *h)
{
    if (h->yield || h->critical || h->elp || h->loop_n || h->budget < TRACE_MAX) return false;
    step_attention(h);
    h->attention |= h->waiting;
    return !h->attention;
}

/* The code to go on with at h->pc. */
static const u8 *go_on(struct hart *h)
{
    const u8 *out = h->jit->entries.out + h->jit->to_run;
    if (h->attention && !attend(h)) return out;
    if (!jit_ready(h)) return out;
    const struct code_entry *e = &h->code->entry[h->pc >> 1 & (ENTRY_N - 1)];
    if (LIKELY(e->pc == h->pc && e->stamp == h->code->code_stamp)) return e->code;
    const u8 *code = jit_find(h);
    return code ? code : out;
}

const u8 *called_indirect(struct hart *h)
{
    return go_on(h);
}

static inline void collect_flags(struct hart *h)
{
    if (RARE(h->fp_flags)) fp_flags_to_hart(h);
    h->fp_flags = 0;
}

/* The instruction at pc, which straddles two pages and is in no trace. The point remembers how its
 * bits were decoded. */
static void step_across(struct hart *h, struct point *p)
{
    const u8 *low = tlb_fill(h, h->code, h->pc, 2, ACCESS_FETCH);
    const u8 *high = low ? tlb_fill(h, h->code, h->pc + 2, 2, ACCESS_FETCH) : NULL;
    if (!high) {
        step(h);
        return;
    }
    u32 raw = (u32)(host_load(low, 2) | host_load(high, 2) << 16);
    if (p->across.raw != raw) {
        decode(h->isa, raw, &p->across);
        p->across.offset = h->pc & PAGE_OFFSET_MASK;
        if (!p->across.rd) p->across.rd = 32;
    }
    step_decoded(h, &p->across);
}

const u8 *called_step(struct hart *h, u32 id)
{
    struct point *p = &h->jit->points[id];
    collect_flags(h);
    h->budget -= p->done;
    h->pc = p->pc;
    if (p->insn.op == OP_PUNT)
        step_across(h, p);
    else
        step_decoded(h, &p->insn);
    return go_on(h);
}

/* NULL: nothing else has changed that the trace relies on. */
const u8 *called_system(struct hart *h, u32 id)
{
    const struct point *p = &h->jit->points[id];
    const struct context *c = h->code;
    u64 stamp = c->code_stamp;
    collect_flags(h);
    h->budget -= p->done;
    h->pc = p->pc;
    step_decoded(h, &p->insn);
    if (h->attention && !attend(h)) return h->jit->entries.out + h->jit->to_run;
    u64 uncharged = h->budget + p->done + 1;
    if (h->pc != p->pc + p->insn.len || h->code != c || h->data != c || c->code_stamp != stamp ||
        uncharged < TRACE_MAX)
        return go_on(h);
    h->budget = uncharged;
    return NULL;
}

const u8 *called_cold(struct hart *h, u32 id)
{
    const struct point *p = &h->jit->points[id];
    collect_flags(h);
    h->page_va = p->pc & ~PAGE_OFFSET_MASK;
    return block_row(h, &p->insn) == GO ? NULL : called_step(h, id);
}

u8 *check_fill(struct hart *h, u64 va, unsigned span, bool store, bool early)
{
    if (!early) return tlb_fill(h, h->data, va, span, store ? ACCESS_STORE : ACCESS_LOAD);
    if (!tlb_fill(h, h->data, va, span, ACCESS_LOAD))
        return NULL; /* so it is the load that fails */
    return tlb_fill_early(h, h->data, va, span);
}

struct filled called_fill(struct hart *h, u64 va, u32 how)
{
    unsigned span = how & 0x7fff;
    bool store = how >> 16 & 1, early = how >> 15 & 1;
    const u8 *host = check_fill(h, va, span, store, early);
    if (!host) return (struct filled){0, 0};
    u64 add = (u64)host - va;
    h->data->site_tag[store][how >> 17] = va & ~PAGE_OFFSET_MASK;
    h->data->site_add[store][how >> 17] = add;
    return (struct filled){1, add};
}

u32 enter_code(struct hart *h, const u8 *code)
{
    u32 (*enter)(struct hart *, const u8 *) = (void *)(h->jit->entries.enter + h->jit->to_run);
    fp_flags_clear();
    u32 id = enter(h, code);
    collect_flags(h);
    return id;
}
