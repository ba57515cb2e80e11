/* Loads and stores (hart/jit/access.c). The host address is the guest's plus what TEMP2 holds. */
#include "hart/jit/a64/gen.h"

s64 site_tag(u32 site, bool store)
{
    return IN_CONTEXT(site_tag) + (store * SITE_N + (s64)site) * 8;
}
s64 site_add(u32 site, bool store)
{
    return IN_CONTEXT(site_add) + (store * SITE_N + (s64)site) * 8;
}

static void gen_check(struct maker *m, struct miss miss)
{
    struct code *c = m->code;
    int address = miss.base;
    miss.check = c->at;
    if (miss.low) {
        add_imm(c, 8, TEMP2, miss.base, miss.low);
        address = TEMP2;
    }
    load(c, 8, false, TEMP, CONTEXT, site_tag(miss.site, miss.store));
    emit_3(c, 8, A64_SUB, TEMP, address, TEMP);
    compare_imm(c, 8, TEMP, PAGE_SIZE - (miss.high - miss.low));
    miss.from = jump_if(c, CC_HI);
    load(c, 8, false, TEMP2, CONTEXT, site_add(miss.site, miss.store));
    miss.hot = c->at;
    m->miss[m->miss_n++] = miss;
}

static void gen_alignment(struct maker *m, int base, s32 disp, unsigned size)
{
    if (size == 1 || !m->h->config.trap_misaligned) return;
    if (disp) add_imm(m->code, 8, TEMP, base, disp);
    logical_imm(m->code, 8, A64_ANDS, ZR, disp ? TEMP : base, size - 1);
    make_give_up(m, jump_if(m->code, CC_NE));
}

/* Where size bytes at an address are, after the check: base + TEMP2, or TEMP + offset. */
struct place {
    int base;
    s32 offset;
};

static struct place gen_access(struct maker *m, const struct node *address, unsigned size,
                               bool store, u32 *free)
{
    s32 disp;
    const struct node *base = access_base(address, &disp);
    int b = gen_base(m, base, free);
    gen_alignment(m, b, disp, size);

    struct miss miss = {.base = b, .low = disp, .high = disp + (s32)size, .store = store};
    if (access_check(m, base, &miss))
        gen_check(m, miss);
    else
        load(m->code, 8, false, TEMP2, CONTEXT, site_add(miss.site, miss.store));
    if (disp) emit_3(m->code, 8, A64_ADD, TEMP, b, TEMP2);
    if (disp && (disp <= -256 || disp % (s32)size)) {
        add_imm(m->code, 8, TEMP, TEMP, disp);
        return (struct place){TEMP, 0};
    }
    return (struct place){disp ? TEMP : b, disp};
}

void gen_load(struct maker *m, const struct node *n, int d, u32 free)
{
    unsigned size = type_size(n->type);
    bool is_signed = n->type < TYPE_u8;
    struct place from = gen_access(m, n->a, size, false, &free);
    if (from.base == TEMP)
        load(m->code, size, is_signed, d, TEMP, from.offset);
    else
        load_index(m->code, size, is_signed, d, from.base, TEMP2);
}

/* The value first: its registers outlast the way round by a failed check. */
void make_store(struct maker *m, enum type t, const struct node *address, const struct node *value)
{
    unsigned size = type_size(t);
    u32 free = gen_free(m);
    int r = gen_reg(m, value, 8, &free);
    struct place to = gen_access(m, address, size, true, &free);
    if (to.base == TEMP)
        store(m->code, size, r, TEMP, to.offset);
    else
        store_index(m->code, size, r, to.base, TEMP2);
}

/* ---- behind the trace ---- */

void gen_address(struct code *c, const struct check *k)
{
    if (k->low)
        add_imm(c, 8, TEMP, k->base, k->low);
    else
        move(c, TEMP, k->base);
}

u8 *jump_if_crossing(struct code *c, const struct check *k)
{
    logical_imm(c, 8, A64_AND, TEMP2, TEMP, PAGE_OFFSET_MASK);
    compare_imm(c, 8, TEMP2, PAGE_SIZE - (k->high - k->low));
    return jump_if(c, CC_HI);
}

/* d = where a field of the translations is */
static void gen_in_translations(struct code *c, int d, u64 offset)
{
    move_imm(c, d, sizeof(struct hart) + offset);
    emit_3(c, 8, A64_ADD, d, d, HART);
}

void gen_second(struct code *c, const struct check *k, u8 *absent[2])
{
    s64 tag_bits = IN_CONTEXT(tag_bits) + 8 * k->store;
    enum access access = k->store ? ACCESS_STORE : ACCESS_LOAD;

    shift_imm(c, 8, SHIFT_ARITHMETIC, TEMP2, TEMP, 56); /* are the top bits all alike? */
    add_imm(c, 8, TEMP2, TEMP2, 1);
    compare_imm(c, 8, TEMP2, 1);
    absent[0] = jump_if(c, CC_HI);
    load(c, 4, false, TEMP3, CONTEXT, IN_CONTEXT(second_skew));
    emit_shifted(c, 4, A64_EOR, TEMP2, TEMP3, TEMP, SHIFT_RIGHT, PAGE_SHIFT - 4);
    logical_imm(c, 4, A64_AND, TEMP2, TEMP2, (TLB2_N - 1) << 4);
    gen_in_translations(c, TEMP3,
                        offsetof(struct translations, second) +
                            access * sizeof(struct tlb_entry[TLB2_N]));
    emit_3(c, 8, A64_ADD, TEMP2, TEMP2, TEMP3);
    logical_imm(c, 8, A64_AND, TEMP, TEMP, ~PAGE_OFFSET_MASK);
    load(c, 8, false, TEMP3, CONTEXT, tag_bits);
    emit_3(c, 8, A64_EOR, TEMP, TEMP, TEMP3);
    load_pair(c, TEMP3, TEMP2, TEMP2, 0);
    compare(c, 8, TEMP, TEMP3);
    absent[1] = jump_if(c, CC_NE);
    load(c, 8, false, TEMP3, CONTEXT, tag_bits);
    emit_3(c, 8, A64_EOR, TEMP, TEMP, TEMP3);
}

void gen_refill(struct code *c, const struct check *k)
{
    store(c, 8, TEMP, CONTEXT, site_tag(k->site, k->store));
    store(c, 8, TEMP2, CONTEXT, site_add(k->site, k->store));
}

static void make_second_lookup(struct code *c, const struct check *k)
{
    u8 *absent[2];
    gen_second(c, k, absent);
    gen_refill(c, k);
    jump_to(c, k->hot);
    for (unsigned n = 0; n < 2; n++) aim(absent[n], c->at);
}

/* A check counts how often it fails. */
static u8 *make_count(struct code *c, const struct miss *s)
{
    gen_in_translations(c, TEMP2,
                        offsetof(struct translations, site_patience) +
                            (s->store * SITE_N + s->site) * sizeof(s32));
    load(c, 4, false, TEMP3, TEMP2, 0);
    add_imm(c, 4, TEMP3, TEMP3, -1);
    store(c, 4, TEMP3, TEMP2, 0);
    compare_imm(c, 4, TEMP3, 0);
    return jump_if(c, CC_MI);
}

static void make_widen(struct maker *m, u8 *from, u32 point)
{
    struct code *c = m->code;
    const struct check *k = &m->j->points[point].check;
    aim(from, c->at);
    gen_address(c, k);
    move_imm(c, TEMP2, point);
    call_to(c, m->j->entries.widen);
    jump_to(c, k->slow);
}

void make_miss(struct maker *m, const struct miss *s)
{
    struct code *c = m->code;
    aim(s->from, c->at);
    u8 *impatient = make_count(c, s);
    const struct check *k = keep_check(m, s);
    gen_address(c, k);
    u8 *crosses = jump_if_crossing(c, k);
    make_second_lookup(c, k);
    gen_address(c, k);
    move_imm(c, TEMP2, fill_how(k->high - k->low, k->store, k->early, k->site));
    call_to(c, m->j->entries.fill);
    aim(jump_if_zero(c, 4, TEMP, false), k->hot);
    if (s->early) go_step(m, s->point);
    aim(crosses, c->at);
    make_unreachable(m, s);
    make_widen(m, impatient, s->point);
}
