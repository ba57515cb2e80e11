/* Ways out of a trace, and what it jumps over. */
#include "hart/jit/x64/gen.h"

#include <cpuid.h>
#include <string.h>

const size_t code_size = 256 << 20;

/* Not every compiler knows lzcnt by name: bit 5 of ecx of this leaf. */
static bool has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c >> 5 & 1);
}

bool jit_exists(void)
{
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt") && has_lzcnt();
}

void align_code(struct code *c)
{
    while ((u64)c->at & 15) emit_byte(c, 0x90);
}

u8 *jump_unless_byte(struct maker *m, size_t offset, u8 k)
{
    alu_imm(m->code, 1, ALU_CMP, mem(HART, (s32)offset - HART_BIAS), k);
    return jump_if(m->code, CC_NE);
}

u8 *jump_when(struct maker *m, const struct node *condition, bool holds)
{
    int cc = gen_compare(m, condition, gen_free(m));
    return jump_if(m->code, holds ? cc : cc ^ 1);
}

void charge(struct maker *m, u32 rows)
{
    if (rows)
        alu_imm(m->code, 8, ALU_SUB, host_reg(BUDGET), (s32)rows);
    else
        test(m->code, 8, BUDGET, host_reg(BUDGET));
}

/* By signed comparison: the sign alone would say the same, but no host fuses a jump on it with the
 * subtraction. */
u8 *jump_charged(struct maker *m, bool enough)
{
    return jump_if(m->code, enough ? CC_GE : CC_L);
}

void leave_by(struct maker *m, u32 exit)
{
    move_imm(m->code, AX, exit);
    jump_to(m->code, m->j->entries.leave);
}

u8 *jump_if_moved(struct maker *m, u8 **guard)
{
    move(m->code, AX, AT_CONTEXT(code_stamp));
    alu(m->code, 8, ALU_CMP, AX, AT_CONTEXT(slot_stamp[0]));
    *guard = m->code->at - 4;
    return jump_if(m->code, CC_NE);
}

void aim_guard(u8 *guard, unsigned slot)
{
    u32 at = (u32)(offsetof(struct context, slot_stamp) + slot * sizeof(u64));
    memcpy(guard, &at, sizeof at);
}

void gen_target(struct maker *m, const struct node *to, u64 bits)
{
    gen_save(m, 1u << AX);
    gen(m, to, 8, AX, gen_free(m) & ~(1u << AX));
    gen_clobber(m, 1u << AX);
    if (!bits) return;
    test_imm(m->code, 1, host_reg(AX), (s32)bits);
    make_give_up(m, jump_if(m->code, CC_NE));
}

void go_indirect(struct maker *m, u32 rows)
{
    struct code *c = m->code;
    s32 table = (s32)offsetof(struct context, entry);
    charge(m, rows);
    u8 *spent = jump_charged(m, false);
    lea(c, 4, CX, mem_index(NO_REG, AX, 0, 0));
    shift_imm(c, 4, SHIFT_LEFT, CX, 4);
    alu_imm(c, 4, ALU_AND, host_reg(CX), (ENTRY_N - 1) << 5);
    alu(c, 8, ALU_CMP, AX, mem_index(CONTEXT, CX, 0, table));
    u8 *other = jump_if(c, CC_NE);
    move(c, DX, AT_CONTEXT(code_stamp));
    alu(c, 8, ALU_CMP, DX,
        mem_index(CONTEXT, CX, 0, table + (s32)offsetof(struct code_entry, stamp)));
    u8 *old = jump_if(c, CC_NE);
    jump_mem(c, mem_index(CONTEXT, CX, 0, table + (s32)offsetof(struct code_entry, code)));
    aim(spent, c->at);
    aim(other, c->at);
    aim(old, c->at);
    jump_to(c, m->j->entries.indirect);
}

void go_step(struct maker *m, u32 point)
{
    move_imm(m->code, DX, point);
    jump_to(m->code, m->j->entries.step);
}

void call_row(struct maker *m, u32 point, const u8 *entry)
{
    move_imm(m->code, DX, point);
    call_to(m->code, entry);
}
