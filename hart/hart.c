#include "hart/hart.h"
#include "hart/block.h"
#include "hart/context.h"
#include "hart/counters.h"
#include "hart/csr.h"
#include "hart/decode.h"
#include "hart/imsic.h"
#include "hart/interrupt.h"
#include "hart/jit/jit.h"
#include "hart/step.h"
#include "hart/trap.h"
#include "hext/csr_views.h"

#include <stdlib.h>
#include <string.h>

/* Traps in a row, each handled by the instruction that trapped, before a hart counts as lost. */
enum { LOOP_LIMIT = 1000 };

struct hart *hart_new(const struct hart_config *config, const struct bus *bus)
{
    struct hart *h = calloc(1, sizeof *h + sizeof *h->translations);
    if (!h) return NULL;
    h->translations = (struct translations *)(h + 1);
    decode_init();
    csr_init();
    h->config = *config;
    if (h->config.tier == TIER_JIT && !jit_exists()) h->config.tier = TIER_BLOCK;
    h->isa = config->isa;
    csr_rows(h);
    h->bus = *bus;
    if (config->tlb != TLB_OF_TIER) h->config.tier = TIER_STEP;
    if (config->tlb == TLB_LAZY) h->atc = atc_new(!isa_has(h->isa, EXT_SVVPTC));
    contexts_init(h);
    if (!blocks_init(h) || !imsic_init(h) || (config->tlb == TLB_LAZY && !h->atc)) {
        hart_free(h);
        return NULL;
    }
    hart_reset(h, 0);
    return h;
}

void hart_free(struct hart *h)
{
    if (!h) return;
    blocks_free(h);
    atc_free(h->atc);
    free(h->imsic);
    jit_free(h);
    free(h);
}

static void reset_csrs(struct hart *h)
{
    size_t from = offsetof(struct hart, level), to = offsetof(struct hart, config);
    u64 unretired = h->unretired;
    memset((char *)h + from, 0, to - from);
    h->unretired = unretired;
    if (isa_has(h->isa, EXT_SMDBLTRP)) h->mstatus = STATUS_MDT;
    h->stimecmp = h->vstimecmp = ~0ull;
    h->mideleg = mideleg_fixed(h);
    counters_reset(h);
    imsic_reset(h);
}

void hart_reset(struct hart *h, u64 pc)
{
    memset(h->x, 0, sizeof h->x);
    memset(h->f, 0, sizeof h->f);
    reset_csrs(h);
    h->fflags = h->frm = 0;
    h->waiting = false;
    h->reserved = NULL;
    h->critical = false;
    h->loop_n = 0;
    h->target_mask = isa_has(h->isa, EXT_ZCA) ? 0 : 2;
    h->pc = pc;
    hart_set_mode(h, PRIV_M, false);
    context_reselect(h);
    contexts_retire_all(h);
    if (h->atc) atc_clear(h->atc);
    blocks_fence(h);
}

/* ---- running ---- */

static enum hart_stop run(struct hart *h, bool one)
{
    while (h->budget || counters_release(h)) {
        if (h->attention && !h->critical) {
            step_attention(h);
            continue;
        }
        if (RARE(h->critical)) return STOP_CRITICAL;
        if (h->yield) return STOP_REPLAN;
        if (h->waiting) return STOP_WAIT;
        if (RARE(h->loop_n > LOOP_LIMIT)) return STOP_TRAPLOOP;
        if (h->config.tier == TIER_STEP || RARE(h->elp) || RARE(h->observer && h->observer->retire))
            step(h);
        else if (h->config.tier == TIER_JIT)
            jit_run(h, one);
        else
            block_run(h, one);
        if (one) break;
    }
    return h->yield ? STOP_REPLAN : h->waiting ? STOP_WAIT : STOP_BUDGET;
}

static enum hart_stop run_for(struct hart *h, u64 max, u64 *done, bool one)
{
    h->limit += max;
    h->budget = max;
    h->attention = true;
    h->yield = false;
    h->walked.context = NULL;
    enum hart_stop stop = run(h, one);
    counters_look(h); /* an overflow in the last step shows, however the run ended */
    counters_release(h);
    *done = max - h->budget;
    h->limit -= h->budget;
    h->budget = 0;
    return stop;
}

enum hart_stop hart_run(struct hart *h, u64 max, u64 *done)
{
    return run_for(h, max, done, false);
}

enum hart_stop hart_run_block(struct hart *h, u64 max, u64 *done)
{
    return run_for(h, max < BLOCK_MAX ? max : BLOCK_MAX, done, true);
}

void hart_yield(struct hart *h)
{
    h->yield = h->attention = true;
}

void hart_line(struct hart *h, enum hart_line line, bool level)
{
    h->lines = level ? h->lines | BIT(line) : h->lines & ~BIT(line);
    h->attention = true;
}

void hart_rnmi(struct hart *h, bool level)
{
    h->rnmi = level && isa_has(h->isa, EXT_SMRNMI);
    h->attention = true;
}

void hart_guest_line(struct hart *h, unsigned n, bool level)
{
    h->hgeip = level ? h->hgeip | BIT(n) : h->hgeip & ~BIT(n);
    h->attention = true;
}

u64 hart_steps(const struct hart *h)
{
    return h->limit - h->budget;
}
u64 hart_deadline(const struct hart *h)
{
    return interrupt_deadline(h);
}

bool hart_wakes(const struct hart *h)
{
    return !h->waiting || h->rnmi || interrupt_wakes(h);
}

void hart_forget_stores(struct hart *h)
{
    contexts_forget_stores(h);
}

void hart_forget_code(struct hart *h, u64 pa)
{
    const u8 *host = h->bus.page(h->bus.machine, pa).host;
    if (host) blocks_drop_page(h, host);
}

void hart_lose_reservation(struct hart *h)
{
    h->reserved = NULL;
}

void hart_observe(struct hart *h, const struct hart_observer *observer)
{
    h->observer = observer;
}
