/* CSRs that are storage, or shown from it (hart/jit/csr.c). */
#include "hart/jit/x64/gen.h"

static struct operand storage_operand(const struct maker *m, const u64 *at)
{
    return mem(HART, (s32)((const u8 *)at - (const u8 *)m->h) - HART_BIAS);
}

static void or_into_rax(struct maker *m, u64 k)
{
    move_imm(m->code, DX, k);
    alu(m->code, 8, ALU_OR, AX, host_reg(DX));
}

bool gen_csr_plain(struct maker *m, const u64 *at, u64 mask)
{
    if (!fits32(mask)) return false;
    gen_clobber(m, 1u << AX);
    move(m->code, AX, storage_operand(m, at));
    return true;
}

bool gen_csr_shown(struct maker *m, const struct csr_shown *shown)
{
    struct code *c = m->code;
    u64 mask = ~shown->hidden & ~(shown->sd ? STATUS_SD : 0);
    if (shown->hidden && !fits32(mask)) return false;
    gen_clobber(m, SCRATCH);
    move(c, AX, storage_operand(m, shown->at));
    if (shown->sd) {
        move(c, CX, host_reg(AX));
        emit_op(c, 4, 0xf7, 2, host_reg(CX)); /* not */
    }
    if (shown->hidden) alu_imm(c, 8, ALU_AND, host_reg(AX), (s32)mask);
    if (shown->ones) or_into_rax(m, shown->ones);
    if (shown->sd) {
        test_imm(c, 4, host_reg(CX), (s32)STATUS_FS);
        u8 *clean = jump_if(c, CC_NE);
        or_into_rax(m, STATUS_SD);
        aim(clean, c->at);
    }
    return true;
}

void gen_csr_write(struct maker *m, const u64 *at, u64 mask, const struct node *value)
{
    gen_save(m, 1u << DX);
    gen(m, value, 8, DX, gen_free(m) & ~(1u << DX));
    gen_clobber(m, 1u << DX);
    if (~mask) alu_imm(m->code, 8, ALU_AND, host_reg(DX), (s32)mask);
    move_to(m->code, storage_operand(m, at), DX);
}

u8 *jump_unless_it(struct maker *m, const struct node *value)
{
    gen_save(m, 1u << DX);
    gen(m, value, 8, DX, gen_free(m) & ~(1u << DX));
    alu(m->code, 8, ALU_CMP, DX, host_reg(AX));
    return jump_if(m->code, CC_NE);
}
