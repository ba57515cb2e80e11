/* Loads and stores.
 *
 * Each has a site: an entry of its own, in every context, that holds the page it last met. A check
 * is a subtraction and a comparison, and the host address does not wait for a table to be indexed.
 * Behind the trace, a failed check looks into the second level of the TLB, then calls tlb_fill, and
 * then leaves the row to the stepper.
 *
 * Rows that go through one unchanged register, as those of a stack frame do, share a site, and a
 * run of them one check: of the range that they cover. What can be stored to can be loaded from, so
 * a load that a store is certain to follow, as in x += y, is checked as that store is, early; when
 * the page will not do, a device's say, the stepper has the load alone. */
#include "hart/decode.h"
#include "hart/jit/host.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_AHEAD = 40, RANGE_MAX = 512 };

/* What a row accesses through rs1 + imm. */
struct access_row {
    u8 size;           /* 0: no such row */
    bool store, plain; /* plain: on to the next row, unless it traps */
};
static struct access_row access_rows[OP_N];

static bool is_plain(const char *body)
{
    static const char *const words[] = {"WR(", "ST(", "FP(", "FPR("};
    for (unsigned k = 0; k < sizeof words / sizeof words[0]; k++)
        if (strncmp(body, words[k], strlen(words[k])) == 0) return true;
    return false;
}

static struct access_row read_body(const char *body)
{
    const char *load = strstr(body, "LD("), *at = load ? load : strstr(body, "ST(");
    unsigned bits;
    char sign;
    struct access_row row = {.plain = is_plain(body)};
    if (!at || !strstr(at, ", ADD(RS1, IMM)")) return row;
    if (sscanf(at + 3, "%c%u", &sign, &bits) != 2) return row;
    row.size = (u8)(bits / 8);
    row.store = !load;
    return row;
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

/* Row by row ahead of the present one, for as long as register g keeps its value. */
struct ahead {
    struct insn insn;
    u64 pc;
    unsigned left;
};

static bool next_row(const struct maker *m, unsigned g, struct ahead *a)
{
    const struct insn *i = &a->insn;
    if (!a->left-- || (i->rd & 31) == g || i->op == OP_jal || i->op == OP_jalr) return false;
    a->pc += i->len;
    return maker_decode(m, a->pc, &a->insn) && i->op < OP_ILLEGAL &&
           strncmp(full_rows[i->op].body, "SYS(", 4) != 0;
}

/* What the row does through g; size 0: nothing. */
static struct access_row access_through(const struct insn *i, unsigned g)
{
    struct access_row row = access_rows[i->op];
    if (i->rs1 != g) row.size = 0;
    return row;
}

/* The rows ahead that access memory through register g as the present one does: widen the range to
 * theirs. True: there are some. */
static bool look_ahead(const struct maker *m, unsigned g, bool store, s32 *low, s32 *high)
{
    struct ahead a = {*m->insn, m->pc, LOOK_AHEAD};
    s32 least = *low, most = *high;
    bool found = false;
    while (next_row(m, g, &a)) {
        struct access_row row = access_through(&a.insn, g);
        if (!row.size || row.store != store) continue;
        if (a.insn.imm < least) least = a.insn.imm;
        if (a.insn.imm + row.size > most) most = a.insn.imm + row.size;
        if (most - least > RANGE_MAX) break;
        *low = least;
        *high = most;
        found = true;
    }
    return found;
}

/* Is a store through register g, near to what the present row loads, what comes next but for rows
 * that lead nowhere else? */
static bool store_follows(const struct maker *m, unsigned g, const struct miss *miss)
{
    struct ahead a = {*m->insn, m->pc, LOOK_AHEAD};
    while (next_row(m, g, &a) && access_rows[a.insn.op].plain) {
        struct access_row row = access_through(&a.insn, g);
        if (!row.size || !row.store) continue;
        return a.insn.imm + row.size - miss->low <= RANGE_MAX &&
               miss->high - a.insn.imm <= RANGE_MAX;
    }
    return false;
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

/* Has a check through register g, perhaps one for stores, covered what is to be accessed? */
static bool covered(struct maker *m, unsigned g, struct miss *miss)
{
    for (unsigned store = miss->store; store < 2; store++) {
        const struct checked *c = &m->checked[store][g];
        if (c->low > miss->low || c->high < miss->high) continue;
        miss->site = c->site;
        miss->store = store;
        rely_on_check(m, c->site, store);
        return true;
    }
    return false;
}

bool access_check(struct maker *m, const struct node *base, struct miss *miss)
{
    if (base->op != NODE_REG) {
        miss->point = make_point(m, m->insn);
        miss->site = context_new_site(m->h, miss->store);
        return true;
    }
    if (covered(m, base->reg, miss)) return false;
    miss->early = !miss->store && store_follows(m, base->reg, miss);
    miss->store |= miss->early;
    struct checked *checked = &m->checked[miss->store][base->reg];
    if (!checked->site) checked->site = context_new_site(m->h, miss->store);
    miss->site = checked->site;
    miss->point = make_point(m, m->insn);
    miss->run = look_ahead(m, base->reg, miss->store, &miss->low, &miss->high);
    checked->low = miss->low;
    checked->high = miss->high;
    return true;
}

const struct check *keep_check(const struct maker *m, const struct miss *s)
{
    struct check *k = &m->j->points[s->point].check;
    *k = (struct check){.at = s->check,
                        .hot = s->hot,
                        .slow = m->code->at,
                        .low = s->low,
                        .high = s->high,
                        .base = (s8)s->base,
                        .store = s->store,
                        .early = s->early,
                        .relied = s->relied,
                        .keep = s->keep,
                        .site = (u16)s->site};
    return k;
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
