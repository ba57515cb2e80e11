/* The way into translated code and out. */
#include "hart/jit/x64/gen.h"

static const u8 saved_by_callee[] = {BX, BP, R12, R13, R14, R15};
static const u8 saved_by_caller[] = {SI, DI, R8, R9, R10, R11};

/* Bring the hart up to date; keeps rax and rdx. */
static void spill(struct code *c)
{
    for (unsigned r = 0; r < 32; r++)
        if (pin_of[r] >= 0) move_to(c, guest_in_memory(r), pin_of[r]);
    alu_imm(c, 8, ALU_ADD, host_reg(BUDGET), TRACE_MAX);
    move_to(c, AT_HART(budget), BUDGET);
}

/* And the registers, from the hart; keeps rax. */
static void fill(struct code *c)
{
    for (unsigned r = 0; r < 32; r++)
        if (pin_of[r] >= 0) move(c, pin_of[r], guest_in_memory(r));
    move(c, BUDGET, AT_HART(budget));
    alu_imm(c, 8, ALU_SUB, host_reg(BUDGET), TRACE_MAX);
    move(c, CONTEXT, AT_HART(data));
}

static void pass_hart(struct code *c)
{
    lea(c, 8, DI, mem(HART, -HART_BIAS));
}

static void stack(struct code *c, s32 bytes)
{
    alu_imm(c, 8, ALU_ADD, host_reg(SP), bytes);
}

/* u32 enter(struct hart *h, const u8 *code). The stack is then aligned as at a call. */
static u8 *make_enter(struct code *c)
{
    u8 *start = c->at;
    for (unsigned k = 0; k < sizeof saved_by_callee; k++) push(c, saved_by_callee[k]);
    stack(c, -STACK_ROOM);
    lea(c, 8, HART, mem(DI, HART_BIAS));
    move(c, AX, host_reg(SI));
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* eax: what enter returns */
static u8 *make_leave(struct code *c)
{
    u8 *start = c->at;
    spill(c);
    stack(c, STACK_ROOM);
    for (unsigned k = sizeof saved_by_callee; k-- > 0;) pop(c, saved_by_callee[k]);
    ret(c);
    return start;
}

static u8 *make_out(struct code *c, const u8 *leave)
{
    u8 *start = c->at;
    move_imm(c, AX, (u32)NO_EXIT);
    jump_to(c, leave);
    return start;
}

/* edx: a point. */
static u8 *make_step(struct code *c)
{
    u8 *start = c->at;
    spill(c);
    pass_hart(c);
    move(c, SI, host_reg(DX));
    call_c(c, (u64)called_step);
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* rax: pc. */
static u8 *make_indirect(struct code *c)
{
    u8 *start = c->at;
    move_to(c, AT_HART(pc), AX);
    spill(c);
    pass_hart(c);
    call_c(c, (u64)called_indirect);
    fill(c);
    jump_reg(c, AX);
    return start;
}

/* Called with edx a point, for a function that returns code to go on with, or NULL: then so does
 * this. */
static u8 *make_call(struct code *c, const u8 *(*function)(struct hart *, u32))
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

/* Called with rcx an address and eax how (called_fill): not equal when found, and then rcx is what
 * to add. Keeps all but rax. */
static u8 *make_fill(struct code *c)
{
    u8 *start = c->at;
    for (unsigned k = 0; k < sizeof saved_by_caller; k++) push(c, saved_by_caller[k]);
    push(c, DX);
    pass_hart(c);
    move(c, SI, host_reg(CX));
    move(c, DX, host_reg(AX));
    call_c(c, (u64)called_fill);
    move(c, CX, host_reg(DX));
    pop(c, DX);
    for (unsigned k = sizeof saved_by_caller; k-- > 0;) pop(c, saved_by_caller[k]);
    test(c, 4, AX, host_reg(AX));
    ret(c);
    return start;
}

/* Called with rax an address and ecx a point. Keeps all but rax and rcx. */
static u8 *make_widen(struct code *c)
{
    u8 *start = c->at;
    for (unsigned k = 0; k < sizeof saved_by_caller; k++) push(c, saved_by_caller[k]);
    push(c, DX);
    move_to(c, AT_HART(budget), BUDGET); /* about */
    pass_hart(c);
    move(c, SI, host_reg(AX));
    move(c, DX, host_reg(CX));
    call_c(c, (u64)called_widen);
    pop(c, DX);
    for (unsigned k = sizeof saved_by_caller; k-- > 0;) pop(c, saved_by_caller[k]);
    ret(c);
    return start;
}

void make_entries(struct jit *j)
{
    struct code *c = &j->code;
    struct entries *e = &j->entries;
    e->enter = make_enter(c);
    e->leave = make_leave(c);
    e->out = make_out(c, e->leave);
    e->step = make_step(c);
    e->indirect = make_indirect(c);
    e->cold = make_call(c, called_cold);
    e->system = make_call(c, called_system);
    e->fill = make_fill(c);
    e->widen = make_widen(c);
}
