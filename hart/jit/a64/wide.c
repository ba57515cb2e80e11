/* Checks that look into the first level of the TLB (hart/jit/wide.c). */
#include "hart/jit/a64/gen.h"

static s64 first(const struct check *k, size_t field)
{
    return (s64)field + (k->store ? IN_CONTEXT(store) : IN_CONTEXT(load));
}

/* d, but for an offset, is where the entry for the address in TEMP is. */
static void gen_entry(struct code *c, int d)
{
    _Static_assert(TLB_N == 1 << 8 && sizeof(struct tlb_entry) == 1 << 4, "of 8 and 4 bits");
    extract(c, d, TEMP, PAGE_SHIFT, 8);
    emit_shifted(c, 8, A64_ADD, d, CONTEXT, d, SHIFT_LEFT, 4);
}

/* Leads to hot with TEMP2 to add; rows that rely on the check look for that in the site. */
void make_wide(struct code *c, const struct check *k)
{
    u8 *other[3];
    gen_address(c, k);
    gen_entry(c, TEMP2);
    load(c, 8, false, TEMP3, TEMP2, first(k, offsetof(struct tlb_entry, tag)));
    emit_3(c, 8, A64_SUB, TEMP3, TEMP, TEMP3);
    compare_imm(c, 8, TEMP3, PAGE_SIZE - (k->high - k->low));
    u8 *absent = jump_if(c, CC_HI);
    load(c, 8, false, TEMP2, TEMP2, first(k, offsetof(struct tlb_entry, add)));
    if (k->relied) {
        logical_imm(c, 8, A64_AND, TEMP, TEMP, ~PAGE_OFFSET_MASK);
        gen_refill(c, k);
    }
    jump_to(c, k->hot);
    aim(absent, c->at);
    other[2] = jump_if_crossing(c, k);
    gen_second(c, k, other);
    gen_entry(c, TEMP3);
    store(c, 8, TEMP, TEMP3, first(k, offsetof(struct tlb_entry, tag)));
    store(c, 8, TEMP2, TEMP3, first(k, offsetof(struct tlb_entry, add)));
    if (k->relied) gen_refill(c, k);
    jump_to(c, k->hot);
    for (unsigned n = 0; n < 3; n++) aim(other[n], c->at);
    jump_to(c, k->slow);
}
