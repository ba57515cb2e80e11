/* CSRs that are storage, or shown from it (hart/jit/csr.c). */
#include "hart/jit/a64/gen.h"

static s64 in_hart(const struct maker *m, const u64 *at)
{
    return (const u8 *)at - (const u8 *)m->h;
}

bool gen_csr_plain(struct maker *m, const u64 *at, u64 mask)
{
    (void)mask;
    load(m->code, 8, false, IT_REG, HART, in_hart(m, at));
    return true;
}

bool gen_csr_shown(struct maker *m, const struct csr_shown *shown)
{
    struct code *c = m->code;
    u64 mask = ~shown->hidden & ~(shown->sd ? STATUS_SD : 0);
    load(c, 8, false, IT_REG, HART, in_hart(m, shown->at));
    if (shown->sd) {
        logical_imm(c, 8, A64_AND, TEMP, IT_REG, STATUS_FS);
        compare_imm(c, 8, TEMP, STATUS_FS);
    }
    if (shown->hidden) gen_logical(m, A64_AND, IT_REG, IT_REG, mask);
    if (shown->ones) gen_logical(m, A64_ORR, IT_REG, IT_REG, shown->ones);
    if (shown->sd) {
        logical_imm(c, 8, A64_ORR, TEMP, IT_REG, STATUS_SD);
        choose(c, 8, A64_CSEL, IT_REG, TEMP, IT_REG, CC_EQ);
    }
    return true;
}

void gen_csr_write(struct maker *m, const u64 *at, u64 mask, const struct node *value)
{
    u32 free = gen_free(m);
    int r = gen_reg(m, value, 8, &free);
    if (~mask && r != ZR) {
        gen_logical(m, A64_AND, TEMP2, r, mask);
        r = TEMP2;
    }
    store(m->code, 8, r, HART, in_hart(m, at));
}

u8 *jump_unless_it(struct maker *m, const struct node *value)
{
    u32 free = gen_free(m);
    compare(m->code, 8, gen_reg(m, value, 8, &free), IT_REG);
    return jump_if(m->code, CC_NE);
}
