/* CSRs that are storage, or shown from it (hart/csr.h): accesses that need not be called. */
#include "hart/csr.h"
#include "hart/jit/host.h"

bool csr_begin(struct maker *m, bool write)
{
    struct csr_shown shown;
    unsigned number = (unsigned)m->insn->imm & 0xfff;
    m->csr = csr_plain(m->h, number, write, &m->csr_mask);
    if (m->csr && !gen_csr_plain(m, m->csr, m->csr_mask)) m->csr = NULL;
    if (!m->csr && (!csr_is_shown(m->h, number, write, &shown) || !gen_csr_shown(m, &shown)))
        return false;
    m->it = tree_unary(&m->pool, NODE_IT, NULL);
    return true;
}

static void make_system(struct maker *m, const struct again *again)
{
    call_row(m, again->point, m->j->entries.system);
}

/* To write what is there changes nothing, and is what trap handlers mostly do. Everything else is
 * the stepper's. */
static void csr_end_shown(struct maker *m, const struct node *new)
{
    struct again *again = new ? &m->again[m->again_n++] : NULL;
    if (new)
        *again = (struct again){
            .from = jump_unless_it(m, new),
            .make = make_system,
            .point = make_point(m, m->insn),
        };
    write_reg(m, m->it);
    m->it = NULL;
    if (!new) return;
    save_registers(m);
    again->back = m->code->at;
    forget_all(m);
}

void csr_end(struct maker *m, const struct node *new)
{
    if (!m->csr) {
        csr_end_shown(m, new);
        return;
    }
    if (new) gen_csr_write(m, m->csr, m->csr_mask, new);
    write_reg(m, m->it);
    m->it = NULL;
}
