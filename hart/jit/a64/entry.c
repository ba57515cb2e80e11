/* The way into translated code and out. */
#include "hart/jit/a64/gen.h"

/* The frame of enter: x29 and x30, x19 to x28, FPCR; then what call and fill keep. */
enum {
    FRAME_SAVED = 0,
    FRAME_FPCR = 96,
    FRAME_RETURN = 104,
    FRAME_KEPT = 112,
    KEPT_N = 16, /* x0 to x15 */
    FRAME_SIZE = FRAME_KEPT + KEPT_N * 8,
};

enum { MRS_FPCR = 0xd53b4400, MSR_FPCR = 0xd51b4400 };
#define FPCR_DN                                                                                    \
    BIT(25) /* a NaN that results is the default one, which is RISC-V's canonical one              \
             */

/* x[] and the pins: pairs where both are pinned. */
static void move_pins(struct code *c, bool out)
{
    for (unsigned r = 0; r < 32; r++) {
        if (pin_of[r] < 0) continue;
        bool two = r < 31 && pin_of[r + 1] >= 0;
        if (two && out)
            store_pair(c, pin_of[r], pin_of[r + 1], HART, (s32)in_x(r));
        else if (two)
            load_pair(c, pin_of[r], pin_of[r + 1], HART, (s32)in_x(r));
        else if (out)
            store(c, 8, pin_of[r], HART, in_x(r));
        else
            load(c, 8, false, pin_of[r], HART, in_x(r));
        r += two;
    }
}

/* Bring the hart up to date; keeps x0 and x16. */
static void spill(struct code *c)
{
    move_pins(c, true);
    add_imm(c, 8, TEMP2, BUDGET, TRACE_MAX);
    store(c, 8, TEMP2, HART, IN_HART(budget));
}

/* context + offset: any offset below 16 MiB */
static void add_large(struct code *c, int d, int n, u64 k)
{
    add_imm(c, 8, d, n, (s64)(k & ~4095ull));
    add_imm(c, 8, d, d, (s64)(k & 4095));
}

/* And the registers, from the hart; keeps x16. */
static void fill(struct code *c)
{
    move_pins(c, false);
    load(c, 8, false, BUDGET, HART, IN_HART(budget));
    add_imm(c, 8, BUDGET, BUDGET, -TRACE_MAX);
    load(c, 8, false, CONTEXT, HART, IN_HART(data));
    add_large(c, SLOTS, CONTEXT, offsetof(struct context, slot_stamp));
    add_large(c, ENTRIES, CONTEXT, offsetof(struct context, entry));
}

static void saved(struct code *c, void (*move_two)(struct code *, int, int, int, s32))
{
    move_two(c, 29, 30, SP, FRAME_SAVED);
    for (int r = 19; r < 29; r += 2) move_two(c, r, r + 1, SP, FRAME_SAVED + 16 + (r - 19) * 8);
}

/* u32 enter(struct hart *h, const u8 *code) */
static u8 *make_enter(struct code *c)
{
    u8 *start = c->at;
    add_imm(c, 8, SP, SP, -FRAME_SIZE);
    saved(c, store_pair);
    emit_word(c, MRS_FPCR | TEMP2);
    store(c, 8, TEMP2, SP, FRAME_FPCR);
    logical_imm(c, 8, A64_ORR, TEMP2, TEMP2, FPCR_DN);
    emit_word(c, MSR_FPCR | TEMP2);
    move(c, HART, 0);
    move(c, TEMP, 1);
    fill(c);
    jump_reg(c, TEMP);
    return start;
}

/* w0: what enter returns */
static u8 *make_leave(struct code *c)
{
    u8 *start = c->at;
    spill(c);
    load(c, 8, false, TEMP2, SP, FRAME_FPCR);
    emit_word(c, MSR_FPCR | TEMP2);
    saved(c, load_pair);
    add_imm(c, 8, SP, SP, FRAME_SIZE);
    ret(c);
    return start;
}

static u8 *make_out(struct code *c, const u8 *leave)
{
    u8 *start = c->at;
    move_imm(c, 0, (u32)NO_EXIT);
    jump_to(c, leave);
    return start;
}

/* w16: a point. */
static u8 *make_step(struct code *c)
{
    u8 *start = c->at;
    spill(c);
    move(c, 0, HART);
    move(c, 1, TEMP);
    call_c(c, (u64)called_step);
    move(c, TEMP, 0);
    fill(c);
    jump_reg(c, TEMP);
    return start;
}

/* IT_REG: pc. */
static u8 *make_indirect(struct code *c)
{
    u8 *start = c->at;
    store(c, 8, IT_REG, HART, IN_HART(pc));
    spill(c);
    move(c, 0, HART);
    call_c(c, (u64)called_indirect);
    move(c, TEMP, 0);
    fill(c);
    jump_reg(c, TEMP);
    return start;
}

/* Called with w16 a point, for a function that returns code to go on with, or NULL: then so does
 * this. */
static u8 *make_call(struct code *c, const u8 *(*function)(struct hart *, u32))
{
    u8 *start = c->at;
    spill(c);
    store(c, 8, LR, SP, FRAME_RETURN);
    move(c, 0, HART);
    move(c, 1, TEMP);
    call_c(c, (u64)function);
    load(c, 8, false, LR, SP, FRAME_RETURN);
    move(c, TEMP, 0);
    fill(c);
    u8 *elsewhere = jump_if_zero(c, 8, TEMP, false);
    ret(c);
    aim(elsewhere, c->at);
    jump_reg(c, TEMP);
    return start;
}

static void kept(struct code *c, void (*move_two)(struct code *, int, int, int, s32))
{
    for (int r = 0; r < KEPT_N; r += 2) move_two(c, r, r + 1, SP, FRAME_KEPT + r * 8);
}

/* Called with x16 an address and w17 how (called_fill): then w16 is not zero when found, and x17 is
 * what to add. Keeps all else. */
static u8 *make_fill(struct code *c)
{
    u8 *start = c->at;
    kept(c, store_pair);
    store(c, 8, LR, SP, FRAME_RETURN);
    move(c, 0, HART);
    move(c, 1, TEMP);
    move(c, 2, TEMP2);
    call_c(c, (u64)called_fill);
    move(c, TEMP, 0);
    move(c, TEMP2, 1);
    load(c, 8, false, LR, SP, FRAME_RETURN);
    kept(c, load_pair);
    ret(c);
    return start;
}

/* Called with x16 an address and w17 a point. Keeps all else. */
static u8 *make_widen(struct code *c)
{
    u8 *start = c->at;
    kept(c, store_pair);
    store(c, 8, LR, SP, FRAME_RETURN);
    store(c, 8, BUDGET, HART, IN_HART(budget)); /* about */
    move(c, 0, HART);
    move(c, 1, TEMP);
    move(c, 2, TEMP2);
    call_c(c, (u64)called_widen);
    load(c, 8, false, LR, SP, FRAME_RETURN);
    kept(c, load_pair);
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
