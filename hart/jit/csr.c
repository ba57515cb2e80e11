/* CSRs that are storage, or shown from it (hart/csr.h): accesses that need not be called. */
#include "hart/csr.h"
#include "hart/jit/maker.h"

static struct operand storage_operand(const struct maker *m, const u64 *at)
{
    return mem(HART, (s32)((const u8 *)at - (const u8 *)m->h) - HART_BIAS);
}

static void or_into_rax(struct maker *m, u64 k)
{
    move_imm(m->code, DX, k);
    alu(m->code, 8, ALU_OR, AX, host_reg(DX));
}

/* What a read shows, in rax. */
static bool gen_shown(struct maker *m, const struct csr_shown *shown)
{
    struct x64 *c = m->code;
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

/* To write what is there changes nothing, and is what trap handlers mostly do. Everything else is
 * the stepper's. */
static void csr_end_shown(struct maker *m, const struct node *new)
{
    struct again *again = new ? &m->again[m->again_n++] : NULL;
    if (new) {
        gen(m, new, 8, DX, gen_free(m) & ~(1u << DX));
        alu(m->code, 8, ALU_CMP, DX, host_reg(AX));
        *again = (struct again){jump_if(m->code, CC_NE), NULL, make_point(m, m->insn)};
    }
    write_reg(m, m->it);
    m->it = NULL;
    if (!new) return;
    again->back = m->code->at;
    forget_all(m);
}

void make_agains(struct maker *m)
{
    for (unsigned k = 0; k < m->again_n; k++) {
        aim(m->again[k].from, m->code->at);
        move_imm(m->code, DX, m->again[k].point);
        call_to(m->code, m->j->entries.system);
        jump_to(m->code, m->again[k].back);
    }
}

bool csr_begin(struct maker *m, bool write)
{
    u64 mask;
    struct csr_shown shown;
    unsigned number = (unsigned)m->insn->imm & 0xfff;
    const u64 *at = csr_plain(m->h, number, write, &mask);
    m->csr_plain = at && fits32(mask);
    if (m->csr_plain) {
        m->csr = storage_operand(m, at);
        m->csr_mask = mask;
        gen_clobber(m, 1u << AX);
        move(m->code, AX, m->csr);
    } else if (!csr_is_shown(m->h, number, write, &shown) || !gen_shown(m, &shown)) {
        return false;
    }
    m->it = tree_unary(&m->pool, NODE_IT, NULL);
    return true;
}

void csr_end(struct maker *m, const struct node *new)
{
    if (!m->csr_plain) {
        csr_end_shown(m, new);
        return;
    }
    if (new) {
        gen(m, new, 8, DX, gen_free(m) & ~(1u << DX));
        gen_clobber(m, 1u << DX);
        if (~m->csr_mask) alu_imm(m->code, 8, ALU_AND, host_reg(DX), (s32)m->csr_mask);
        move_to(m->code, m->csr, DX);
    }
    write_reg(m, m->it);
    m->it = NULL;
}
