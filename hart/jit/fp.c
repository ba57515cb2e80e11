/* Floating point on the host's unit, where that gives the same bits: IEEE 754 arithmetic rounded to
 * nearest, of operands in single or double precision. What is to be true before a row runs. */
#include "hart/decode.h"
#include "hart/fp/fp.h"
#include "hart/jit/host.h"

#include <string.h>

/* What it needs is read off its body. */
unsigned fp_kind(const struct insn *i)
{
    const char *body = full_rows[i->op].body;
    if (!strstr(body, "WF(") && !strstr(body, "FLAGS")) return FP_READS;
    return i->rm == FP_DYNAMIC && strstr(body, "RM") ? FP_WRITES | FP_ROUNDS : FP_WRITES;
}

bool rounds_like_host(const struct insn *i)
{
    bool to_int = strstr(full_rows[i->op].body, "_to_i");
    return i->rm == FP_RNE || i->rm == FP_DYNAMIC || (i->rm == FP_RTZ && to_int);
}

void make_fp_ready(struct maker *m, unsigned kind)
{
    unsigned missing = kind & ~m->fp_ready;
    if (missing & FP_WRITES) {
        make_dirty(m);
        m->fp_ready |= FP_READS;
    } else if (missing & FP_READS) {
        make_give_up(m, jump_unless_byte(m, offsetof(struct hart, fs_off), 0));
    }
    if (missing & FP_ROUNDS)
        make_give_up(m, jump_unless_byte(m, offsetof(struct hart, frm), FP_RNE));
    m->fp_ready |= kind;
}

/* A single that is not boxed counts as NaN: that is the stepper's. */
const struct node *fp_operand(struct maker *m, unsigned reg, unsigned width)
{
    if (width == 16) return tree_unary(&m->pool, NODE_COLD, NULL);
    if (width == 32 && !(m->boxed >> reg & 1)) {
        make_give_up(m, jump_unless_boxed(m, reg));
        m->boxed |= 1u << reg;
    }
    return tree_f(&m->pool, reg);
}

const struct node *fp_to_int(struct maker *m, unsigned width, enum type type,
                             const struct node *value)
{
    enum node_op op = m->insn->rm == FP_RTZ ? NODE_FTRUNCATE : NODE_FNEAREST;
    struct node *n = (struct node *)tree_fp(&m->pool, op, width, value, NULL, NULL);
    n->type = (u8)type;
    return n;
}

void write_f(struct maker *m, unsigned width, const struct node *value)
{
    unsigned rd = m->insn->rd & 31;
    if (width == 16) {
        m->failed = true;
        return;
    }
    gen_write_f(m, width, rd, value);
    m->boxed = (m->boxed & ~(1u << rd)) | (u32)(width == 32) << rd;
}
