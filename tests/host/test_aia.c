/* The interrupt state of the Advanced Interrupt Architecture: which bits there are, how M-mode and
 * the hypervisor filter interrupts, and interrupt files. Expected values are worked out here from
 * RISC-V AIA 1.0. */
#include "tests/host/test_aia.h"

/* ---- bits ---- */

static void test_bits(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    static const u16 selects[] = {MISELECT, SISELECT, VSISELECT};
    for (unsigned k = 0; k < 3; k++)
        for (u64 v = 0; v < 0x200; v++) assert_int_equal(kept(h, selects[k], v), v);
    assert_int_equal(kept(h, MVIEN, ~0ull), BIT(1) | BIT(9) | LOCAL);
    assert_int_equal(kept(h, HVIEN, ~0ull), LOCAL);
    assert_int_equal(kept(h, HVICTL, ~0ull), BIT(30) | MASK(27, 16) | MASK(9, 0));
    /* 0, 4 and 8, and 14 and above, are reserved or not there; all others have 8 bits */
    assert_int_equal(kept(h, HVIPRIO1, ~0ull), MASK(15, 8) | MASK(31, 24) | MASK(47, 40));
    assert_int_equal(kept(h, HVIPRIO2, ~0ull), 0);
    assert_int_equal(kept(h, HVIP, ~0ull), VS_BITS | LOCAL);
    assert_int_equal(kept(h, 0x30c, ~0ull), BIT(63) | BIT(62) | BIT(60) | BIT(59) | BIT(58));
    assert_int_equal(kept(h, 0x60c, ~0ull), BIT(63) | BIT(62) | BIT(60) | BIT(59) | BIT(58));
    hart_free(h);
    h = new_one(false);
    assert_int_equal(kept(h, 0x30c, ~0ull), BIT(63) | BIT(62) | BIT(60) | BIT(59));
    hart_free(h);
}

/* "If a bit is zero in the same position in both mideleg and mvien, then that bit is read-only zero
 * in hideleg." */
static void test_hideleg(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    assert_int_equal(kept(h, HIDELEG, ~0ull), VS_BITS);
    write_in_m(h, MVIEN, BIT(35));
    assert_int_equal(kept(h, HIDELEG, ~0ull), VS_BITS | BIT(35));
    write_in_m(h, MIDELEG, BIT(13));
    assert_int_equal(kept(h, HIDELEG, ~0ull), VS_BITS | BIT(35) | BIT(13));
    write_in_m(h, MVIEN, 0);
    assert_int_equal(peek(h, HIDELEG), VS_BITS | BIT(13));
    write_in_m(h, MIDELEG, 0);
    assert_int_equal(peek(h, HIDELEG), VS_BITS);
    hart_free(h);
}

/* The bytes of a priority array: external interrupts have none of their own, and what cannot be
 * enabled has none; without an IMSIC there are none at all. */
static void test_iprio_bits(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    write_in_m(h, MIDELEG, ~0ull);
    for (u64 k = 0; k < 8; k++) {
        u64 m = 0, s = 0;
        for (unsigned b = 0; b < 8; b++) {
            u64 bit = BIT(8 * k + b), byte = MASK(8 * b + 7, 8 * b);
            if (bit & (BIT(3) | BIT(7) | S_BITS | BIT(13))) m |= byte;
            if (bit & (BIT(1) | BIT(5) | BIT(13) | VS_BITS | BIT(12))) s |= byte;
        }
        put(h, MISELECT, 0x30 + 2 * k, ~0ull);
        put(h, SISELECT, 0x30 + 2 * k, ~0ull);
        assert_int_equal(look(h, MISELECT, 0x30 + 2 * k), m);
        assert_int_equal(look(h, SISELECT, 0x30 + 2 * k), s);
    }
    write_in_m(h, MIDELEG, 0);
    assert_int_equal(look(h, SISELECT, 0x30), MASK(23, 16) | MASK(55, 48)); /* VSSI, VSTI */
    hart_free(h);
    h = new_one(false);
    put(h, MISELECT, 0x30, ~0ull);
    assert_int_equal(look(h, MISELECT, 0x30), 0);
    hart_free(h);
}

/* ---- mvip ---- */

static void test_mvip(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    /* mvien 0: aliases of mip's SSIP, STIP and the software-writable SEIP */
    write_in_m(h, MVIP, ~0ull);
    assert_int_equal(peek(h, MVIP), S_BITS | LOCAL);
    assert_int_equal(peek(h, MIP), S_BITS);
    write_in_m(h, MIP, 0);
    assert_int_equal(peek(h, MVIP), LOCAL);
    write_in_m(h, MENVCFG, BIT(63)); /* Sstc: STIP is not writable in mip, and zero here */
    now = 5;
    write_in_m(h, 0x14d, 3);
    assert_int_equal(kept(h, MVIP, BIT(5)), 0);
    assert_int_equal(peek(h, MIP), BIT(5));
    write_in_m(h, MENVCFG, 0);
    /* mvien 1: bits of their own; SEIP keeps its value, and mip no longer has it */
    write_in_m(h, MVIP, BIT(9));
    write_in_m(h, MVIEN, BIT(1) | BIT(9));
    assert_int_equal(peek(h, MIP) & S_BITS, 0);
    assert_int_equal(peek(h, MVIP) & BIT(9), BIT(9));
    write_in_m(h, MVIP, BIT(1));
    assert_int_equal(peek(h, MIP) & S_BITS, 0);
    write_in_m(h, MIP, BIT(1) | BIT(9)); /* SEIP is read-only now */
    assert_int_equal(peek(h, MIP) & S_BITS, BIT(1));
    assert_int_equal(peek(h, MVIP), BIT(1));
    write_in_m(h, MIP, 0);
    assert_int_equal(peek(h, MVIP), BIT(1));
    hart_line(h, LINE_SEI, true);
    assert_int_equal(peek(h, MIP) & S_BITS, BIT(9));
    assert_int_equal(peek(h, MVIP), BIT(1));
    hart_free(h);
}

/* ---- filters: the tables of the effects of mideleg and mvien, hideleg and hvien ---- */

struct model {
    u64 mideleg, mvien, hideleg, hvien;
    u64 mip, mvip, hvip; /* 1, 5, 9, 13; 1, 9, 13, 35, 43; 2, 6, 10, 13, 35, 43 */
    u64 mie, sie, vsie;  /* sie, vsie: own bits */
};

static u64 choose(u64 mask, u64 yes, u64 no)
{
    return (yes & mask) | (no & ~mask);
}

static u64 model_sip(const struct model *m)
{
    return choose(m->mideleg, m->mip, m->mvip & m->mvien) & (S_BITS | LOCAL);
}
static u64 model_sie(const struct model *m)
{
    return choose(m->mideleg, m->mie, m->sie & m->mvien) & (S_BITS | LOCAL);
}
static u64 model_vsip(const struct model *m)
{
    u64 low = (m->hvip & m->hideleg & VS_BITS) >> 1;
    return low | (choose(m->hideleg, model_sip(m), m->hvip & m->hvien) & LOCAL);
}
static u64 model_vsie(const struct model *m)
{
    u64 low = (m->mie & m->hideleg & VS_BITS) >> 1;
    return low | (choose(m->hideleg, model_sie(m), m->vsie & m->hvien) & LOCAL);
}

static void put_bits(u64 *to, u64 mask, u64 value)
{
    *to = (*to & ~mask) | (value & mask);
}

static void model_write_sip(struct model *m, u64 mask, u64 v)
{
    put_bits(&m->mip, mask & m->mideleg & (BIT(1) | BIT(13)), v);
    put_bits(&m->mvip, mask & ~m->mideleg & m->mvien & (BIT(1) | LOCAL), v);
}
static void model_write_sie(struct model *m, u64 mask, u64 v)
{
    put_bits(&m->mie, mask & m->mideleg & (S_BITS | BIT(13)), v);
    put_bits(&m->sie, mask & ~m->mideleg & m->mvien, v);
}

static void write_one(struct hart *h, struct model *m)
{
    static const u16 numbers[] = {SIP, SIE, VSIP, VSIE, MIP, MIE, MVIP, HVIP};
    unsigned number = numbers[rnd() % 8];
    u64 v = rnd();
    write_in_m(h, number, v);
    switch (number) {
    case SIP: model_write_sip(m, ~0ull, v); break;
    case SIE: model_write_sie(m, ~0ull, v); break;
    case VSIP:
        put_bits(&m->hvip, m->hideleg & BIT(2), v << 1);
        put_bits(&m->hvip, ~m->hideleg & m->hvien, v);
        model_write_sip(m, m->hideleg & LOCAL, v);
        break;
    case VSIE:
        put_bits(&m->mie, m->hideleg & VS_BITS, v << 1);
        put_bits(&m->vsie, ~m->hideleg & m->hvien, v);
        model_write_sie(m, m->hideleg & LOCAL, v);
        break;
    case MIP:
        put_bits(&m->mip, BIT(1) | BIT(5) | BIT(13) | (m->mvien & BIT(9) ? 0 : BIT(9)), v);
        put_bits(&m->hvip, BIT(2), v);
        break;
    case MIE: m->mie = v & (M_BITS | S_BITS | VS_BITS | BIT(12) | BIT(13)); break;
    case MVIP:
        put_bits(&m->mip, BIT(5) | (~m->mvien & (BIT(1) | BIT(9))), v);
        put_bits(&m->mvip, LOCAL | (m->mvien & (BIT(1) | BIT(9))), v);
        break;
    default: m->hvip = v & (VS_BITS | LOCAL); break;
    }
}

/* With other masks the bits that become writable have unspecified values: write them all. */
static void change_masks(struct hart *h, struct model *m)
{
    write_in_m(h, MIDELEG, m->mideleg = rnd() & (S_BITS | BIT(13)));
    write_in_m(h, MVIEN, m->mvien = rnd() & (BIT(1) | BIT(9) | LOCAL));
    write_in_m(h, HIDELEG, m->hideleg = rnd() & (VS_BITS | (LOCAL & (m->mideleg | m->mvien))));
    write_in_m(h, HVIEN, m->hvien = rnd() & LOCAL);
    u64 software = m->mvien & BIT(9) ? 0 : BIT(9);
    write_in_m(h, MIP, 0);
    write_in_m(h, MVIP, 0);
    write_in_m(h, SIE, 0);
    write_in_m(h, VSIE, 0);
    m->mip = m->mvip = 0;
    put_bits(&m->hvip, BIT(2), 0);
    model_write_sie(m, ~0ull, 0);
    put_bits(&m->mie, m->hideleg & VS_BITS, 0);
    put_bits(&m->vsie, ~m->hideleg & m->hvien, 0);
    model_write_sie(m, m->hideleg & LOCAL, 0);
    write_in_m(h, MIP, software);
    m->mip = software;
}

static void test_filters(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    struct model m = {0};
    rng_state = 2;
    for (unsigned round = 0; round < 50000; round++) {
        if (round % 16 == 0) change_masks(h, &m);
        write_one(h, &m);
        set_mode(h, MODE_HS);
        assert_int_equal(csr_read(h, SIP), model_sip(&m));
        assert_int_equal(csr_read(h, SIE), model_sie(&m));
        assert_int_equal(csr_read(h, VSIP), model_vsip(&m));
        assert_int_equal(csr_read(h, VSIE), model_vsie(&m));
        set_mode(h, MODE_VS);
        assert_int_equal(csr_read(h, SIP), model_vsip(&m));
        assert_int_equal(csr_read(h, SIE), model_vsie(&m));
    }
    hart_free(h);
}

/* ---- an interrupt file ---- */

static void test_file(void **state)
{
    (void)state;
    static const struct {
        u16 select, topei;
        unsigned file;
    } files[] = {
        {MISELECT,  MTOPEI,  FILE_M    },
        {SISELECT,  STOPEI,  FILE_S    },
        {VSISELECT, VSTOPEI, FILE_S + 2}
    };
    for (unsigned k = 0; k < 3; k++) {
        struct hart *h = new_one(true);
        unsigned select = files[k].select, topei = files[k].topei, file = files[k].file;
        write_in_m(h, HSTATUS, 2ull << 12);
        u64 mip = k == 0 ? BIT(11) : k == 1 ? BIT(9) : BIT(10), line = k == 2 ? BIT(2) : 0;

        for (u64 r = EIP; r < EIE; r += 2) { /* identities 1 to 255 */
            u64 every = r == EIP ? ~1ull : r < EIP + 8 ? ~0ull : 0;
            put(h, select, r + EIE - EIP, ~0ull);
            assert_int_equal(look(h, select, r + EIE - EIP), every);
            put(h, select, r, ~0ull);
            assert_int_equal(look(h, select, r), every);
            put(h, select, r, 0);
        }
        put(h, select, 0x71, ~0ull); /* reserved */
        assert_int_equal(look(h, select, 0x71), 0);

        hart_msi(h, file, 255);
        hart_msi(h, file, 64);
        hart_msi(h, file, 0);
        hart_msi(h, file, 256);
        hart_msi(h, FILE_S + GUESTS + 1, 1);
        assert_int_equal(look(h, select, EIP + 2), 1);
        assert_int_equal(look(h, select, EIP + 6), BIT(63));
        assert_int_equal(peek(h, topei), 64 << 16 | 64);
        assert_int_equal(peek(h, MIP), 0); /* not delivered */
        put(h, select, EIDELIVERY, 1);
        assert_int_equal(look(h, select, EIDELIVERY), 1);
        assert_int_equal(peek(h, MIP), mip);
        assert_int_equal(peek(h, HGEIP), line);
        put(h, select, EITHRESHOLD, 64); /* 64 and higher do not contribute */
        assert_int_equal(look(h, select, EITHRESHOLD), 64);
        assert_int_equal(peek(h, topei), 0);
        assert_int_equal(peek(h, MIP), 0);
        put(h, select, EITHRESHOLD, 65);
        assert_int_equal(peek(h, topei), 64 << 16 | 64);
        put(h, select, EITHRESHOLD, 0);
        put(h, select, EIE + 2, ~1ull);
        assert_int_equal(peek(h, topei), 255 << 16 | 255);
        write_in_m(h, topei, 0); /* claims it */
        assert_int_equal(peek(h, topei), 0);
        assert_int_equal(peek(h, MIP), 0);
        assert_int_equal(look(h, select, EIP + 2), 1);
        assert_int_equal(look(h, select, EIP + 6), 0);
        write_in_m(h, topei, 0); /* nothing to claim */
        assert_int_equal(look(h, select, EIP + 2), 1);
        hart_reset(h, 0);
        write_in_m(h, HSTATUS, 2ull << 12);
        assert_int_equal(look(h, select, EIP + 2), 0);
        hart_free(h);
    }
}

/* Each VGEIN has a file of its own; SGEI follows hgeie. */
static void test_guest_files(void **state)
{
    (void)state;
    struct hart *h = new_one(true);
    for (u64 g = 1; g <= GUESTS; g++) {
        write_in_m(h, HSTATUS, g << 12);
        put(h, VSISELECT, EIDELIVERY, 1);
        put(h, VSISELECT, EIE, ~0ull);
        hart_msi(h, FILE_S + (unsigned)g, 10 + g);
    }
    assert_int_equal(peek(h, HGEIP), 0xe);
    write_in_m(h, HGEIE, 4);
    assert_int_equal(peek(h, MIP), BIT(12) | BIT(10));
    for (u64 g = 1; g <= GUESTS; g++) {
        write_in_m(h, HSTATUS, g << 12);
        assert_int_equal(peek(h, VSTOPEI), (10 + g) << 16 | (10 + g));
        write_in_m(h, VSTOPEI, 0);
        assert_int_equal(peek(h, HGEIP), 0xe & ~((2ull << g) - 1));
    }
    write_in_m(h, HSTATUS, 0);
    hart_free(h);
}

int main(void)
{
    isa = aia_isa();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),        cmocka_unit_test(test_hideleg),
        cmocka_unit_test(test_iprio_bits),  cmocka_unit_test(test_mvip),
        cmocka_unit_test(test_filters),     cmocka_unit_test(test_file),
        cmocka_unit_test(test_guest_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
