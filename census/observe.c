#include "census/observe.h"
#include "hart/context.h"
#include "hart/csr.h"
#include "hart/step.h"

#include <stdlib.h>
#include <string.h>

enum { NOP = 0x13, OPERAND_REGISTER = 11 };

/* ---- translations remembered ---- */

static bool remembers(const struct context *c)
{
    const struct tlb_entry *e = &c->load[PROGRAM_DATA >> PAGE_SHIFT & (TLB_N - 1)];
    return c->used && e->tag == PROGRAM_DATA;
}

/* Have the supervisor's space, or the guest's, remember where the program's data lie. */
static void plant(struct laboratory *l, struct hart *h, bool virt)
{
    struct space space = space_of(h, PRIV_S, virt);
    l->planted[virt] = context_of(h, &space);
    if (!remembers(l->planted[virt])) tlb_fill(h, l->planted[virt], PROGRAM_DATA, 8, ACCESS_LOAD);
}

static bool forgot(const struct laboratory *l, bool virt)
{
    return l->planted[virt] && !remembers(l->planted[virt]);
}

/* ---- what the program sees ---- */

static u64 result_digest(struct laboratory *l, const struct hart *h)
{
    u64 d = machine_take_stores(&l->machine);
    for (unsigned k = 1; k < 32; k++) d = mix(d, h->x[k]);
    for (unsigned k = 0; k < 32; k++) d = mix(d, h->f[k]);
    d = mix(d, (u64)h->fflags | (u64)h->frm << 8 | h->elp << 16);
    d = mix(d, h->pc);
    d = mix(d, h->ssp);
    return mix(d, machine_offset(&l->machine, h->reserved));
}

/* ---- what a kernel sees ---- */

/* A kernel in VS-mode finds vsstatus where one in S-mode finds sstatus. */
static u64 kernel_digest(const struct hart *h)
{
    u64 d = mix(h->priv, h->waiting);
    for (unsigned k = 0; k < KERNEL_CSR_N; k++) {
        unsigned other = h->virt ? stand_in(kernel_csrs[k]) : 0;
        d = mix(d, peek(h, other ? other : kernel_csrs[k]));
    }
    return d;
}

/* ---- what changed ---- */

static const void *csrs_of(const struct hart *h)
{
    return (const char *)h + offsetof(struct hart, level);
}
static bool same_csrs(const struct hart *a, const struct hart *b)
{
    return memcmp(csrs_of(a), csrs_of(b),
                  offsetof(struct hart, config) - offsetof(struct hart, level)) == 0;
}

static void compare_csr(const struct listed *csr, u64 difference, bool guest, struct observation *o)
{
    u64 own = guest ? csr->guest : 0;
    if (difference & ~own) o->changed |= 1u << csr->what;
    if (difference & own) o->own |= 1u << csr->what;
    if ((difference & own) && is_swapped(csr->number)) o->swapped = true;
}

/* CSRs are compared as M-mode finds them; some read otherwise from elsewhere. */
static void compare_csrs(struct laboratory *l, const struct state *s, struct observation *o)
{
    struct hart *h = l->hart;
    bool guest = s->mode >= MODE_VS;
    u8 virt = h->virt;
    h->virt = 0;
    for (unsigned k = 0; k < l->csr_n; k++) {
        u64 difference = peek(h, l->csr[k].number) ^ s->csr_after_nop[k];
        if (difference) compare_csr(&l->csr[k], difference, guest, o);
    }
    h->virt = virt;
}

static void note_change(struct observation *o, enum resource r, bool own)
{
    *(own ? &o->own : &o->changed) |= 1u << r;
}

/* A guest's privilege is its own as long as it stays a guest, and so is what it remembers. */
static void compare(struct laboratory *l, const struct state *s, struct observation *o)
{
    struct hart *h = l->hart;
    const struct hart *nop = &s->after_nop;
    bool guest = s->mode >= MODE_VS;
    o->kernel = s->kernel_after_nop;
    if (!same_csrs(h, nop)) {
        compare_csrs(l, s, o);
        o->kernel = kernel_digest(h);
    }
    if (h->priv != nop->priv || h->virt != nop->virt || h->waiting) o->kernel = kernel_digest(h);
    if (h->priv != nop->priv) note_change(o, RES_MODE, guest && h->virt);
    if (h->virt != nop->virt) note_change(o, RES_MODE, false);
    if (h->waiting) note_change(o, RES_PROCESSOR, false);
    if (!s->watch_tlb) return;
    if (forgot(l, false)) note_change(o, RES_TLB, false);
    if (forgot(l, true)) note_change(o, RES_TLB, guest);
    if (forgot(l, guest)) o->kernel = mix(o->kernel, 1);
}

/* ---- a try ---- */

static enum outcome outcome_of(u64 cause)
{
    switch (cause) {
    case EXC_ILLEGAL: return OUT_ILLEGAL;
    case EXC_VIRTUAL: return OUT_VIRTUAL;
    case EXC_BREAKPOINT:
    case EXC_ECALL_U:
    case EXC_ECALL_S:
    case EXC_ECALL_VS:
    case EXC_ECALL_M: return OUT_CALL;
    default: return OUT_DATA;
    }
}

static void begin(struct laboratory *l, const struct state *s)
{
    struct hart *h = l->hart;
    memcpy(h, &s->before, offsetof(struct hart, walk)); /* behind it nothing depends on the state */
    h->critical = false;
    h->loop_n = 0;
    l->machine.time = s->time;
    machine_set_user(&l->machine, s->mode == MODE_U || s->mode == MODE_VU);
    if (!s->watch_tlb) return;
    plant(l, h, false);
    if (l->hypervisor) plant(l, h, true);
}

struct observation observe(struct laboratory *l, const struct state *s, u32 raw, u64 operand)
{
    struct hart *h = l->hart;
    struct observation o = {.outcome = OUT_RUNS};
    begin(l, s);
    machine_set_instruction(&l->machine, raw);
    h->x[OPERAND_REGISTER] = operand;
    l->tries++;
    step(h);
    if (h->unretired != s->before.unretired) {
        o.outcome = outcome_of(h->trap.cause);
        machine_take_stores(&l->machine);
        return o;
    }
    o.result = result_digest(l, h);
    compare(l, s, &o);
    return o;
}

/* ---- the laboratory ---- */

static void find_csrs(struct laboratory *l)
{
    u64 value;
    for (unsigned csr = 0; csr < 4096 && l->csr_n < CSR_MOST; csr++) {
        if (resource_of(csr) == RES_N || !csr_peek(l->hart, csr, &value)) continue;
        l->csr[l->csr_n++] = (struct listed){(u16)csr, (u8)resource_of(csr), guest_bits(csr)};
    }
}

static void run_nop(struct laboratory *l, struct state *s)
{
    begin(l, s);
    machine_set_instruction(&l->machine, NOP);
    step(l->hart);
    s->after_nop = *l->hart;
    s->kernel_after_nop = kernel_digest(l->hart);
    l->hart->virt = 0;
    for (unsigned k = 0; k < l->csr_n; k++) s->csr_after_nop[k] = peek(l->hart, l->csr[k].number);
}

static void run_nops(struct laboratory *l)
{
    for (unsigned mode = 0; mode < (l->hypervisor ? MODE_N : MODE_VS); mode++) {
        for (unsigned config = 0; config < CONFIG_N; config++)
            for (unsigned vary = 0; vary < VARY_N; vary++)
                run_nop(l, &l->states->of[mode][config][vary]);
        for (unsigned k = 0; k < KNOB_N; k++) run_nop(l, &l->states->knob[mode][k]);
    }
}

bool laboratory_init(struct laboratory *l, const struct isa *isa, unsigned quirks)
{
    enum { GEILEN = 63 };
    *l = (struct laboratory){.hypervisor = isa_has(isa, EXT_H)};
    if (!machine_init(&l->machine)) return false;
    struct bus bus = machine_bus(&l->machine);
    struct hart_config config = {
        .id = 5, .isa = isa, .tier = TIER_STEP, .geilen = GEILEN, .quirks = (u8)quirks};
    l->hart = hart_new(&config, &bus);
    l->states = calloc(1, sizeof *l->states);
    if (!l->hart || !l->states) return false;
    find_csrs(l);
    states_make(l->states, l->hart, &l->machine, l->hypervisor);
    run_nops(l);
    return true;
}

void laboratory_free(struct laboratory *l)
{
    hart_free(l->hart);
    free(l->states);
    machine_free(&l->machine);
}
