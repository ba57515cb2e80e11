/* Which interrupt is the top one of its level by the Advanced Interrupt Architecture, and what
 * follows: mtopi, stopi, vstopi, traps and waking up. Expected values are worked out here from
 * RISC-V AIA 1.0.
 */
#include "tests/host/test_aia.h"

/* ---- mtopi and stopi ---- */

/* Before the external interrupt in the default order? */
static bool is_before(unsigned number, unsigned external)
{
    static const u8 order[] = {43, 11, 3, 7, 9, 1, 5, 12, 10, 2, 6, 13, 35};
    for (unsigned k = 0; order[k] != external; k++)
        if (order[k] == number) return true;
    return false;
}

/* The table "Effect of the iprio array": rows from top to bottom. In the first column, number 0
 * comes before all; in the third, behind all. */
static unsigned row(unsigned number, unsigned external, unsigned priority)
{
    if (priority || number == external) return priority;
    return is_before(number, external) ? 0 : 3000;
}

static u64 model_topi(u64 set, unsigned external, unsigned external_priority, const u8 *iprio)
{
    static const u8 order[] = {43, 11, 3, 7, 9, 1, 5, 12, 10, 2, 6, 13, 35};
    unsigned best = 0, best_row = ~0u;
    for (unsigned k = 0; k < sizeof order; k++) {
        unsigned n = order[k], p = n == external ? external_priority : iprio[n];
        if (!(set >> n & 1) || row(n, external, p) >= best_row) continue;
        best = n;
        best_row = row(n, external, p);
    }
    if (best_row == ~0u) return 0;
    return (u64)best << 16 | (best_row > 255 ? 255 : best_row);
}

/* Numbers that are often equal, or zero. */
static u8 random_priority(void)
{
    static const u8 some[] = {0, 0, 1, 2, 2, 100, 254, 255};
    return some[rnd() % 8];
}

static void put_iprio(struct hart *h, unsigned select, const u8 *iprio)
{
    for (u64 k = 0; k < 8; k++) {
        u64 word = 0;
        for (unsigned b = 0; b < 8; b++) word |= (u64)iprio[8 * k + b] << 8 * b;
        put(h, select, 0x30 + 2 * k, word);
    }
}

static void random_iprio(u8 *iprio, u64 set)
{
    for (unsigned n = 0; n < 64; n++) iprio[n] = set >> n & 1 ? random_priority() : 0;
}

/* An external interrupt of this identity, or none (0). */
static void put_external(struct hart *h, unsigned select, unsigned file, unsigned identity)
{
    put(h, select, EIDELIVERY, 1);
    for (u64 w = 0; w < 8; w += 2) put(h, select, EIE + w, ~0ull);
    for (u64 w = 0; w < 8; w += 2) put(h, select, EIP + w, 0);
    hart_msi(h, file, identity);
}

static void test_topi(void **state)
{
    (void)state;
    static const u8 identities[] = {0, 1, 2, 100, 254, 255};
    struct hart *h = new_one(true);
    rng_state = 3;
    for (unsigned round = 0; round < 20000; round++) {
        u8 m_iprio[64], s_iprio[64];
        unsigned mei = identities[rnd() % 6], sei = identities[rnd() % 6];
        u64 mideleg = rnd() & (S_BITS | BIT(13)), enabled = rnd() | rnd(), soft = rnd();
        random_iprio(m_iprio, BIT(3) | BIT(7) | S_BITS | BIT(13));
        random_iprio(s_iprio, (mideleg & ~BIT(9)) | VS_BITS | BIT(12) | BIT(35) | BIT(43));
        write_in_m(h, MIDELEG, mideleg);
        write_in_m(h, MVIEN, BIT(35) | BIT(43));
        put_iprio(h, MISELECT, m_iprio);
        put_iprio(h, SISELECT, s_iprio);
        put_external(h, MISELECT, FILE_M, mei);
        put_external(h, SISELECT, FILE_S, sei);
        hart_line(h, LINE_MSI, soft >> 3 & 1);
        hart_line(h, LINE_MTI, soft >> 7 & 1);
        write_in_m(h, MIE, enabled);
        write_in_m(h, MIP, soft & (S_BITS | BIT(13)));
        write_in_m(h, HVIP, soft & VS_BITS);
        write_in_m(h, MVIP, peek(h, MVIP) | (soft & (BIT(35) | BIT(43))));
        write_in_m(h, SIE, enabled);
        u64 pending = (soft & (BIT(3) | BIT(7) | S_BITS | VS_BITS | BIT(13))) |
                      (mei ? BIT(11) : 0) | (sei ? BIT(9) : 0);
        u64 made_up = soft & enabled & (BIT(35) | BIT(43)), ready = pending & enabled;
        u64 to_s = mideleg | VS_BITS;
        assert_int_equal(peek(h, MTOPI), model_topi(ready & ~to_s, 11, mei ? mei : 256, m_iprio));
        u64 stopi = model_topi((ready & to_s) | made_up, 9, sei ? sei : 256, s_iprio);
        assert_int_equal(peek(h, STOPI), stopi);
        write_in_m(h, MVIP, 0);
        write_in_m(h, MIP, 0);
    }
    hart_free(h);
}

/* Without an IMSIC every priority number is read-only zero, and the default order is left. */
static void test_topi_without_imsic(void **state)
{
    (void)state;
    struct hart *h = new_one(false);
    write_in_m(h, MIE, ~0ull);
    assert_int_equal(peek(h, MTOPI), 0);
    write_in_m(h, MIP, BIT(1) | BIT(5) | BIT(13));
    assert_int_equal(peek(h, MTOPI), 1 << 16 | 1);
    hart_line(h, LINE_MEI, true);
    assert_int_equal(peek(h, MTOPI), 11 << 16 | 1);
    write_in_m(h, MIDELEG, ~0ull);
    assert_int_equal(peek(h, STOPI), 1 << 16 | 1);
    hart_free(h);
}

/* ---- vstopi: the list of candidates ---- */

struct candidate {
    unsigned iid, priority; /* iid 0: none (0 itself is never used here) */
    bool before;            /* its default order is before the external interrupt's */
};

/* As the table has it: 0 before all, or behind all, then the smaller number, then the order. */
static bool beats_external(struct candidate c, unsigned external)
{
    if (!c.priority) return c.before;
    return c.priority < external || (c.priority == external && c.before);
}

static u64 model_vstopi(u64 ready, unsigned identity, u64 vgein, u64 hvictl, const u8 *iprio)
{
    bool vti = hvictl >> 30 & 1, iprium = hvictl >> 8 & 1;
    unsigned iid = hvictl >> 16 & 0xfff, field = hvictl & 0xff;
    unsigned external = identity ? identity : vgein == 0 && iid == 9 && field ? field : 256;
    struct candidate c = {0};
    if (!vti) {
        u64 top = model_topi(ready & ~BIT(9), 9, 256, iprio);
        unsigned number = (unsigned)(top >> 16);
        c = (struct candidate){number, iprio[number], is_before(number, 9)};
    } else if (iid != 9) {
        c = (struct candidate){iid, field, !(hvictl >> 9 & 1)};
    }
    bool sei = ready >> 9 & 1;
    if (!c.iid && !sei) return 0;
    bool other = c.iid && (!sei || beats_external(c, external));
    unsigned shown = !other       ? external > 255 ? 255 : external
                     : c.priority ? c.priority
                     : c.before   ? 0
                                  : 255;
    return (u64)(other ? c.iid : 9) << 16 | (iprium ? shown : 1);
}

static void test_vstopi(void **state)
{
    (void)state;
    static const u8 identities[] = {0, 1, 2, 100, 255}, iids[] = {9, 1, 5, 13, 47, 63, 9};
    struct hart *h = new_one(true);
    rng_state = 4;
    write_in_m(h, HIDELEG, VS_BITS);
    write_in_m(h, HVIEN, LOCAL);
    for (unsigned round = 0; round < 20000; round++) {
        u8 iprio[64] = {[1] = random_priority(), [5] = random_priority(), [13] = random_priority()};
        u64 vgein = rnd() % 3, soft = rnd() & (VS_BITS | LOCAL), enabled = rnd() | rnd();
        unsigned identity = vgein ? identities[rnd() % 5] : 0;
        u64 hvictl =
            (rnd() & (BIT(30) | BIT(9) | BIT(8))) | (u64)iids[rnd() % 7] << 16 | random_priority();
        write_in_m(h, HSTATUS, vgein << 12);
        if (vgein) put_external(h, VSISELECT, FILE_S + (unsigned)vgein, identity);
        write_in_m(h, HVIPRIO1, (u64)iprio[1] << 8 | (u64)iprio[5] << 24 | (u64)iprio[13] << 40);
        write_in_m(h, HVICTL, hvictl);
        write_in_m(h, HVIP, soft);
        write_in_m(h, HIE, enabled);
        write_in_m(h, VSIE, (enabled & LOCAL) | (enabled & VS_BITS) >> 1);
        u64 pending = (soft & LOCAL) | (soft & VS_BITS) >> 1 | (identity ? BIT(9) : 0);
        u64 ready = pending & ((enabled & LOCAL) | (enabled & VS_BITS) >> 1);
        assert_int_equal(peek(h, VSTOPI), model_vstopi(ready, identity, vgein, hvictl, iprio));
    }
    hart_free(h);
}

/* ---- traps and waiting ---- */

/* An interrupt is pending for VS if and only if vstopi is not zero, and its IID is the cause. */
static void test_injected_trap(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    write_in_m(h, 0x205, 0x80001001); /* vstvec, vectored */
    write_in_m(h, HVICTL, BIT(30) | 2047ull << 16);
    write_in_m(h, 0x200, 0);
    set_mode(h, MODE_VS);
    assert_int_equal(interrupt_to_take(h).cause, -1); /* vsstatus.SIE */
    set_mode(h, MODE_HS);
    assert_int_equal(interrupt_to_take(h).cause, -1);
    set_mode(h, MODE_VU);
    struct taken_interrupt i = interrupt_to_take(h);
    assert_int_equal(i.cause, 2047);
    assert_int_equal(i.level, LEVEL_VS);
    h->trap = (struct exception_info){.cause = BIT(63) | 2047, .level = LEVEL_VS};
    trap_take(h, 0);
    assert_int_equal(peek(h, 0x242), BIT(63) | 2047);
    assert_int_equal(h->pc, 0x80001000 + 4 * 2047);
    write_in_m(h, HVICTL, BIT(30) | 9ull << 16); /* none */
    set_mode(h, MODE_VU);
    assert_int_equal(interrupt_to_take(h).cause, -1);
    hart_free(h);
}

/* mip.SEIP, not delegated, goes to M; mvip.SEIP, let through by mvien, to S. */
static void test_filtered_trap(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    write_in_m(h, MVIEN, BIT(9) | BIT(35));
    write_in_m(h, MVIP, BIT(9) | BIT(35));
    write_in_m(h, SIE, BIT(9) | BIT(35));
    set_mode(h, MODE_U);
    struct taken_interrupt i = interrupt_to_take(h);
    assert_int_equal(i.cause, 9);
    assert_int_equal(i.level, LEVEL_HS);
    write_in_m(h, MIE, BIT(9));
    hart_line(h, LINE_SEI, true);
    set_mode(h, MODE_U);
    assert_int_equal(interrupt_to_take(h).level, LEVEL_M);
    hart_line(h, LINE_SEI, false);
    write_in_m(h, SIE, BIT(35));
    set_mode(h, MODE_U);
    assert_int_equal(interrupt_to_take(h).cause, 35);
    hart_free(h);
}

/* What is made up ends WFI too, and what VTI hides does not. */
static void test_wfi(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    h->waiting = true;
    assert_false(hart_wakes(h));
    write_in_m(h, MVIEN, BIT(35));
    write_in_m(h, MVIP, BIT(35));
    assert_false(hart_wakes(h));
    write_in_m(h, SIE, BIT(35));
    assert_true(hart_wakes(h));
    write_in_m(h, SIE, 0);
    write_in_m(h, HIDELEG, VS_BITS);
    write_in_m(h, HVIP, BIT(2));
    write_in_m(h, HIE, BIT(2));
    assert_true(hart_wakes(h));
    write_in_m(h, HVICTL, BIT(30) | 9ull << 16);
    assert_false(hart_wakes(h));
    write_in_m(h, HVICTL, BIT(30) | 1ull << 16);
    assert_true(hart_wakes(h));
    hart_free(h);
}

int main(void)
{
    isa = aia_isa();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topi),          cmocka_unit_test(test_topi_without_imsic),
        cmocka_unit_test(test_vstopi),        cmocka_unit_test(test_injected_trap),
        cmocka_unit_test(test_filtered_trap), cmocka_unit_test(test_wfi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
