/* Checks that look into the first level of the TLB (hart/jit/wide.c). */
#include "hart/jit/x64/gen.h"

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

/* Leads to hot with rcx to add. */
void make_wide(struct code *c, const struct check *k)
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
