/* Checks of loads and stores that meet one of a few pages, but mostly not that of the last time.
 *
 * Their site is of no use. So such a check is overwritten by a jump to one that looks into the
 * first level of the TLB, which an index must be made for; and then into the second. */
#include "hart/jit/x64/gen.h"

/* Looks are PATIENCE failures apart, and ENOUGH of them in turn must have found that there are not
 * more than SELDOM steps from one failure to the next. */
enum { SELDOM = 128, PATIENCE = 128, ENOUGH = 8 };

/* The entry for an address, in the first level, with rcx its index. */
static struct operand first(const struct check *k, size_t field)
{
    size_t table = k->store ? offsetof(struct context, store) : offsetof(struct context, load);
    return mem_index(CONTEXT, CX, 0, (s32)(table + field));
}

/* rcx = the index of the page of the address in register from. */
static void gen_index(struct code *c, int from)
{
    rotate_right(c, CX, from, PAGE_SHIFT - 4);
    alu_imm(c, 4, ALU_AND, host_reg(CX), (TLB_N - 1) << 4);
}

/* Find the entry in the second level, and copy it to the first. */
static void gen_copy(struct code *c, const struct check *k, u8 *absent[2])
{
    struct operand add = gen_second(c, k, absent);
    move_to(c, SECOND_SPARE_SLOT, CX);
    move(c, AX, add);
    gen_index(c, CX);
    move_to(c, first(k, offsetof(struct tlb_entry, add)), AX);
    move(c, AX, SECOND_SPARE_SLOT);
    move_to(c, first(k, offsetof(struct tlb_entry, tag)), AX);
}

/* With rcx the index of an entry that is right: rcx = what to add, which rows that rely on the
 * check look for in the site. */
static void gen_found(struct code *c, const struct check *k)
{
    if (k->relied) {
        move(c, AX, first(k, offsetof(struct tlb_entry, tag)));
        move_to(c, site_tag(k->site, k->store), AX);
    }
    move(c, CX, first(k, offsetof(struct tlb_entry, add)));
    if (k->relied) move_to(c, site_add(k->site, k->store), CX);
    go_back(c, k);
}

/* Like the check that it stands for, and what lies behind that: leads to hot, with rcx to add. */
static void make_wide(struct code *c, const struct check *k)
{
    u8 *other[3];
    if (k->keep) move_to(c, SPARE_SLOT, AX);
    gen_address(c, k, AX);
    gen_index(c, AX);
    alu(c, 8, ALU_SUB, AX, first(k, offsetof(struct tlb_entry, tag)));
    alu_imm(c, 8, ALU_CMP, host_reg(AX), PAGE_SIZE - (k->high - k->low));
    u8 *absent = jump_if(c, CC_A);
    gen_found(c, k);
    aim(absent, c->at);
    other[2] = jump_if_crossing(c, k);
    gen_copy(c, k, other);
    gen_found(c, k);
    for (unsigned n = 0; n < 3; n++) aim(other[n], c->at);
    if (k->keep) move(c, AX, SPARE_SLOT);
    jump_to(c, k->slow);
}

static bool in_first_level(const struct context *c, u64 va, bool store)
{
    const struct tlb_entry *table = store ? c->store : c->load;
    return table[va >> PAGE_SHIFT & (TLB_N - 1)].tag == (va & ~PAGE_OFFSET_MASK);
}

/* Fails the check often, and does the first level mostly have what fails? One look at a time. */
static bool shall_be_wide(struct hart *h, u64 va, const struct check *k)
{
    struct translations *t = h->translations;
    u64 now = h->limit - h->budget, steps = now - t->site_looked[k->store][k->site];
    u8 *found = &t->site_found[k->store][k->site];
    t->site_looked[k->store][k->site] = now;
    t->site_patience[k->store][k->site] = PATIENCE;
    bool good = steps <= SELDOM * PATIENCE && in_first_level(h->data, va, k->store);
    *found = good ? *found + 1 : 0;
    if (!good) check_fill(h, va, (unsigned)(k->high - k->low), k->store, k->early);
    return *found == ENOUGH;
}

void called_widen(struct hart *h, u64 va, u32 point)
{
    struct jit *j = h->jit;
    const struct check *k = &j->points[point].check;
    if (!shall_be_wide(h, va, k) || !jit_has_room(j)) return;
    struct code over = {k->at};
    jump_to(&over, j->code.at);
    make_wide(&j->code, k);
}
