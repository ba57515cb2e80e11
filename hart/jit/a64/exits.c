/* Ways out of a trace, and what it jumps over. */
#include "hart/jit/a64/gen.h"

#include <string.h>

const size_t code_size = 128 << 20; /* what B and BL reach */

/* The first version of the architecture has all that is used. */
bool jit_exists(void)
{
    return true;
}

void align_code(struct code *c)
{
    while ((u64)c->at & 15) emit_word(c, 0xd503201f); /* NOP */
}

u8 *jump_unless_byte(struct maker *m, size_t offset, u8 k)
{
    load(m->code, 1, false, TEMP, HART, (s64)offset);
    if (!k) return jump_if_zero(m->code, 4, TEMP, false);
    compare_imm(m->code, 4, TEMP, k);
    return jump_if(m->code, CC_NE);
}

u8 *jump_when(struct maker *m, const struct node *condition, bool holds)
{
    u32 free = gen_free(m);
    bool equal = condition->op == NODE_EQ;
    if ((equal || condition->op == NODE_NE) && node_is(condition->b, 0))
        return jump_if_zero(m->code, 8, gen_reg(m, condition->a, 8, &free), equal == holds);
    int cc = gen_compare(m, condition, free);
    return jump_if(m->code, holds ? cc : cc ^ 1);
}

void charge(struct maker *m, u32 rows)
{
    emit_2(m->code, 8, 0x71000000 | rows << 10, rows ? BUDGET : ZR, BUDGET); /* SUBS */
}

u8 *jump_charged(struct maker *m, bool enough)
{
    return jump_if(m->code, enough ? CC_PL : CC_MI);
}

void leave_by(struct maker *m, u32 exit)
{
    move_imm(m->code, 0, exit);
    jump_to(m->code, m->j->entries.leave);
}

/* A slot's stamp, whichever it is, by two instructions. */
static void load_slot(struct code *c, u64 slot)
{
    u32 offset = (u32)(slot * sizeof(u64));
    emit_2(c, 8, 0x11400000 | offset >> 12 << 10, TEMP2, SLOTS); /* ADD, of pages */
    load(c, 8, false, TEMP2, TEMP2, offset & 0xfff);
}

u8 *jump_if_moved(struct maker *m, u8 **guard)
{
    load(m->code, 8, false, TEMP, CONTEXT, IN_CONTEXT(code_stamp));
    *guard = m->code->at;
    load_slot(m->code, 0);
    compare(m->code, 8, TEMP, TEMP2);
    return jump_if(m->code, CC_NE);
}

void aim_guard(u8 *guard, unsigned slot)
{
    struct code c = {guard};
    load_slot(&c, slot);
}

void gen_target(struct maker *m, const struct node *to, u64 bits)
{
    gen(m, to, 8, IT_REG, gen_free(m));
    if (!bits) return;
    logical_imm(m->code, 8, A64_ANDS, ZR, IT_REG, bits);
    make_give_up(m, jump_if(m->code, CC_NE));
}

/* The trace is at its end: the scratch registers are free. The second comparison counts if the
 * first was equal. */
void go_indirect(struct maker *m, u32 rows)
{
    struct code *c = m->code;
    charge(m, rows);
    u8 *spent = jump_if(c, CC_MI);
    extract(c, TEMP, IT_REG, 1, __builtin_ctz(ENTRY_N));
    emit_shifted(c, 8, A64_ADD, TEMP, ENTRIES, TEMP, SHIFT_LEFT,
                 __builtin_ctz(sizeof(struct code_entry)));
    load_pair(c, 0, 1, TEMP, offsetof(struct code_entry, pc));
    load(c, 8, false, 2, CONTEXT, IN_CONTEXT(code_stamp));
    compare(c, 8, 0, IT_REG);
    compare_if(c, 1, 2, CC_EQ);
    u8 *other = jump_if(c, CC_NE);
    load(c, 8, false, TEMP, TEMP, offsetof(struct code_entry, code));
    jump_reg(c, TEMP);
    aim(spent, c->at);
    aim(other, c->at);
    jump_to(c, m->j->entries.indirect);
}

void go_step(struct maker *m, u32 point)
{
    move_imm(m->code, TEMP, point);
    jump_to(m->code, m->j->entries.step);
}

void call_row(struct maker *m, u32 point, const u8 *entry)
{
    move_imm(m->code, TEMP, point);
    call_to(m->code, entry);
}
