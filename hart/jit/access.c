/* Loads and stores.
 *
 * Each has a site: an entry of its own, in every context, that holds the page it last met. A check
 * is a subtraction and a comparison, and the host address does not wait for a table to be indexed.
 * Behind the trace, a failed check looks into the second level of the TLB, then calls tlb_fill, and
 * then leaves the row to the stepper.
 *
 * Rows that go through one unchanged register, as those of a stack frame do, share a site, and a
 * run of them one check: of the range that they cover. */
#include "hart/decode.h"
#include "hart/jit/host.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_AHEAD = 40, RANGE_MAX = 512 };

/* What a row accesses through rs1 + imm. */
struct access_row {
    u8 size; /* 0: no such row */
    bool store;
};
static struct access_row access_rows[OP_N];

static struct access_row read_body(const char *body)
{
    const char *load = strstr(body, "LD("), *at = load ? load : strstr(body, "ST(");
    unsigned bits;
    char sign;
    if (!at || !strstr(at, ", ADD(RS1, IMM)")) return (struct access_row){0};
    if (sscanf(at + 3, "%c%u", &sign, &bits) != 2) return (struct access_row){0};
    return (struct access_row){(u8)(bits / 8), !load};
}

static void read_rows(void)
{
    for (unsigned op = 0; op < ROW_FULL_N; op++) access_rows[op] = read_body(full_rows[op].body);
}

void access_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_rows);
}

void forget_checks(struct maker *m, unsigned g, bool moved_a_little)
{
    for (unsigned store = 0; store < 2; store++) {
        m->checked[store][g].low = m->checked[store][g].high = 0;
        if (!moved_a_little) m->checked[store][g].site = 0;
    }
}

/* The rows ahead that access memory through register g as the present one does: widen the range to
 * theirs. True: there are some. */
static bool look_ahead(const struct maker *m, unsigned g, bool store, s32 *low, s32 *high)
{
    struct insn i = *m->insn;
    s32 least = *low, most = *high;
    u64 pc = m->pc;
    bool found = false;
    for (unsigned k = 0; k < LOOK_AHEAD; k++) {
        if ((i.rd & 31) == g || i.op == OP_jal || i.op == OP_jalr) break;
        pc += i.len;
        if (!maker_decode(m, pc, &i)) break;
        if (i.op >= OP_ILLEGAL || strncmp(full_rows[i.op].body, "SYS(", 4) == 0) break;
        struct access_row a = access_rows[i.op];
        if (!a.size || a.store != store || i.rs1 != g) continue;
        if (i.imm < least) least = i.imm;
        if (i.imm + a.size > most) most = i.imm + a.size;
        if (most - least > RANGE_MAX) break;
        *low = least;
        *high = most;
        found = true;
    }
    return found;
}

const struct node *access_base(const struct node *address, s32 *disp)
{
    bool offset = address->op == NODE_ADD && node_is_leaf(address->a) && address->b->known &&
                  (u64)(s64)(s32)address->b->k == address->b->k;
    *disp = offset ? (s32)address->b->k : 0;
    return offset ? address->a : address;
}

/* A row goes on with what an earlier check has found. */
static void rely_on_check(struct maker *m, u32 site, bool store)
{
    for (unsigned k = m->miss_n; k-- > 0;)
        if (m->miss[k].site == site && m->miss[k].store == store) m->miss[k].relied = true;
}

bool access_check(struct maker *m, const struct node *base, struct miss *miss)
{
    struct checked none = {0};
    struct checked *checked = base->op == NODE_REG ? &m->checked[miss->store][base->reg] : &none;
    if (checked->low <= miss->low && checked->high >= miss->high) {
        miss->site = checked->site;
        rely_on_check(m, checked->site, miss->store);
        return false;
    }
    if (!checked->site) checked->site = context_new_site(m->h, miss->store);
    miss->site = checked->site;
    miss->point = make_point(m, m->insn);
    if (base->op == NODE_REG)
        miss->run = look_ahead(m, base->reg, miss->store, &miss->low, &miss->high);
    checked->low = miss->low;
    checked->high = miss->high;
    return true;
}

void make_unreachable(struct maker *m, const struct miss *s)
{
    const struct point *p = &m->j->points[s->point];
    if (s->run) {
        charge(m, p->done);
        make_exit(m, NULL, p->pc, true);
    } else {
        go_step(m, s->point);
    }
}

void make_misses(struct maker *m)
{
    for (unsigned k = 0; k < m->miss_n; k++) make_miss(m, &m->miss[k]);
}
