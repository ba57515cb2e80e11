/* The way into translated code and out, and what it calls. */
#include "hart/decode.h"
#include "hart/jit/find.h"
#include "hart/jit/maker.h"
#include "hart/step.h"

/* ---- C that translated code calls: the state is in the hart, apart from r15 as noted ---- */

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
    u32 raw = (u32)low[0] | (u32)low[1] << 8 | (u32)high[0] << 16 | (u32)high[1] << 24;
    if (p->across.raw != raw) {
        decode(h->isa, raw, &p->across);
        p->across.offset = h->pc & PAGE_OFFSET_MASK;
        if (!p->across.rd) p->across.rd = 32;
    }
    step_decoded(h, &p->across);
}

static const u8 *do_step(struct hart *h, u32 id)
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

/* NULL: done, on to the next row; nothing else has changed that the trace relies on. */
static const u8 *do_system(struct hart *h, u32 id)
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

/* NULL: done, on to the next row. */
static const u8 *do_cold(struct hart *h, u32 id)
{
    const struct point *p = &h->jit->points[id];
    collect_flags(h);
    h->page_va = p->pc & ~PAGE_OFFSET_MASK;
    return block_row(h, &p->insn) == GO ? NULL : do_step(h, id);
}

/* Translate for a site: how is the span of its check, whether it stores << 16, its number << 17. */
struct filled {
    u64 found, add;
};
static struct filled do_fill(struct hart *h, u64 va, u32 how)
{
    unsigned span = how & 0xffff;
    bool store = how >> 16 & 1;
    const u8 *host = tlb_fill(h, h->data, va, span, store ? ACCESS_STORE : ACCESS_LOAD);
    if (!host) return (struct filled){0, 0};
    u64 add = (u64)host - va;
    h->data->site_tag[store][how >> 17] = va & ~PAGE_OFFSET_MASK;
    h->data->site_add[store][how >> 17] = add;
    return (struct filled){1, add};
}

/* ---- the code around ---- */

static const u8 saved_by_callee[] = {BX, BP, R12, R13, R14, R15};
static const u8 saved_by_caller[] = {SI, DI, R8, R9, R10, R11};

/* Bring the hart up to date; keeps rax and rdx. */
static void spill(struct x64 *c)
{
    for (unsigned r = 0; r < 32; r++)
        if (pin_of[r] >= 0) move_to(c, guest_in_memory(r), pin_of[r]);
    alu_imm(c, 8, ALU_ADD, host_reg(BUDGET), TRACE_MAX);
    move_to(c, AT_HART(budget), BUDGET);
}

/* And the registers, from the hart; keeps rax. */
static void fill(struct x64 *c)
{
    for (unsigned r = 0; r < 32; r++)
        if (pin_of[r] >= 0) move(c, pin_of[r], guest_in_memory(r));
    move(c, BUDGET, AT_HART(budget));
    alu_imm(c, 8, ALU_SUB, host_reg(BUDGET), TRACE_MAX);
    move(c, CONTEXT, AT_HART(data));
}

static void pass_hart(struct x64 *c)
{
    lea(c, 8, DI, mem(HART, -HART_BIAS));
}

static void stack(struct x64 *c, s32 bytes)
{
    alu_imm(c, 8, ALU_ADD, host_reg(SP), bytes);
}

/* u32 enter(struct hart *h, const u8 *code). The stack is then aligned as at a call. */
static u8 *make_enter(struct x64 *c)
{
    u8 *start = c->at;
    for (unsigned k = 0; k < sizeof saved_by_callee; k++) push(c, saved_by_callee[k]);
    stack(c, -8);
    lea(c, 8, HART, mem(DI, HART_BIAS));
    move(c, AX, host_reg(SI));
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* eax: what enter returns */
static u8 *make_leave(struct x64 *c)
{
    u8 *start = c->at;
    spill(c);
    stack(c, 8);
    for (unsigned k = sizeof saved_by_callee; k-- > 0;) pop(c, saved_by_callee[k]);
    ret(c);
    return start;
}

static u8 *make_out(struct x64 *c, const u8 *leave)
{
    u8 *start = c->at;
    move_imm(c, AX, (u32)NO_EXIT);
    jump_to(c, leave);
    return start;
}

/* edx: a point. */
static u8 *make_step(struct x64 *c)
{
    u8 *start = c->at;
    spill(c);
    pass_hart(c);
    move(c, SI, host_reg(DX));
    call_c(c, (u64)do_step);
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* rax: pc. */
static u8 *make_indirect(struct x64 *c)
{
    u8 *start = c->at;
    move_to(c, AT_HART(pc), AX);
    spill(c);
    pass_hart(c);
    call_c(c, (u64)go_on);
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* Called with edx a point, for a function that returns code to go on with, or NULL: then so does
 * this. */
static u8 *make_call(struct x64 *c, const u8 *(*function)(struct hart *, u32))
{
    u8 *start = c->at;
    spill(c);
    pass_hart(c);
    move(c, SI, host_reg(DX));
    stack(c, -8);
    call_c(c, (u64)function);
    stack(c, 8);
    fill(c);
    test(c, 8, AX, host_reg(AX));
    u8 *elsewhere = jump_if(c, CC_NE);
    ret(c);
    aim(elsewhere, c->at);
    stack(c, 8);
    jump_reg(c, AX);
    return start;
}

/* Called with rcx an address and eax how (do_fill): not equal when found, and then rcx is what to
 * add. Keeps all but rax. */
static u8 *make_fill(struct x64 *c)
{
    u8 *start = c->at;
    for (unsigned k = 0; k < sizeof saved_by_caller; k++) push(c, saved_by_caller[k]);
    push(c, DX);
    pass_hart(c);
    move(c, SI, host_reg(CX));
    move(c, DX, host_reg(AX));
    call_c(c, (u64)do_fill);
    move(c, CX, host_reg(DX));
    pop(c, DX);
    for (unsigned k = sizeof saved_by_caller; k-- > 0;) pop(c, saved_by_caller[k]);
    test(c, 4, AX, host_reg(AX));
    ret(c);
    return start;
}

void make_entries(struct jit *j)
{
    struct x64 *c = &j->code;
    struct entries *e = &j->entries;
    e->enter = make_enter(c);
    e->leave = make_leave(c);
    e->out = make_out(c, e->leave);
    e->step = make_step(c);
    e->indirect = make_indirect(c);
    e->cold = make_call(c, do_cold);
    e->system = make_call(c, do_system);
    e->fill = make_fill(c);
}

u32 enter_code(struct hart *h, const u8 *code)
{
    u32 (*enter)(struct hart *, const u8 *) = (void *)(h->jit->entries.enter + h->jit->to_run);
    fp_flags_clear();
    u32 id = enter(h, code);
    collect_flags(h);
    return id;
}
