/* mip, sip, hip and vsip are views of one pending set, mie and its relatives of one enable set:
 * random writes to each, against a model. */
#include "tests/host/test_csr.h"

struct interrupts {
    u64 soft, lines, hvip, enabled, mideleg, hideleg;
    u64 stimecmp, vstimecmp, htimedelta, hgeip, hgeie, vgein;
    bool stce, vstce;
};

static u64 model_pending(const struct interrupts *m)
{
    u64 p = m->soft | m->lines | m->hvip;
    if (m->stce) p = (p & ~BIT(5)) | (now >= m->stimecmp ? BIT(5) : 0);
    if (m->stce && m->vstce && now + m->htimedelta >= m->vstimecmp) p |= BIT(6);
    if (m->vgein && (m->hgeip >> m->vgein & 1)) p |= BIT(10);
    if (m->hgeip & m->hgeie) p |= BIT(12);
    return p;
}

static void check_views(struct hart *h, const struct interrupts *m)
{
    u64 p = model_pending(m), guest = m->hideleg & VS_BITS;
    u64 guests_own = m->mideleg & m->hideleg & LCOFI; /* vsip's is an alias of sip's (22.2.12) */
    set_mode(h, MODE_M);
    assert_int_equal(csr_read(h, 0x344), p);
    assert_int_equal(csr_read_to_modify(h, 0x344), (p & ~BIT(9)) | (m->soft & BIT(9)));
    assert_int_equal(csr_read(h, 0x304), m->enabled);
    set_mode(h, MODE_HS);
    assert_int_equal(csr_read(h, 0x144), p & m->mideleg & (S_BITS | LCOFI));
    assert_int_equal(csr_read(h, 0x104), m->enabled & m->mideleg & (S_BITS | LCOFI));
    assert_int_equal(csr_read(h, 0x644), p & (VS_BITS | BIT(12)));
    assert_int_equal(csr_read(h, 0x604), m->enabled & (VS_BITS | BIT(12)));
    assert_int_equal(csr_read(h, 0x645), m->hvip);
    assert_int_equal(csr_read(h, 0x244), (p & guest) >> 1 | (p & guests_own));
    assert_int_equal(csr_read(h, 0x204), (m->enabled & guest) >> 1 | (m->enabled & guests_own));
    set_mode(h, MODE_VS);
    assert_int_equal(csr_read(h, 0x144), (p & guest) >> 1 | (p & guests_own));
    assert_int_equal(csr_read(h, 0x104), (m->enabled & guest) >> 1 | (m->enabled & guests_own));
}

static void put_bits(u64 *target, u64 mask, u64 value)
{
    *target = (*target & ~mask) | (value & mask);
}

/* Write v to one of the pending or enable registers, in the mode whose register it is. */
static void write_view(struct hart *h, struct interrupts *m, unsigned which, u64 v)
{
    static const struct {
        enum mode mode;
        u16 number;
    } views[] = {
        {MODE_M,  0x344},
        {MODE_M,  0x304},
        {MODE_HS, 0x144},
        {MODE_HS, 0x104},
        {MODE_HS, 0x644},
        {MODE_HS, 0x604},
        {MODE_HS, 0x645},
        {MODE_VS, 0x144},
        {MODE_VS, 0x104},
        {MODE_HS, 0x244},
        {MODE_HS, 0x204}
    };
    u64 guest = m->hideleg & VS_BITS, guests_own = m->mideleg & m->hideleg & LCOFI;
    set_mode(h, views[which].mode);
    csr_write(h, views[which].number, v);
    switch (which) {
    case 0:
        put_bits(&m->soft, BIT(1) | BIT(9) | LCOFI | (m->stce ? 0 : BIT(5)), v);
        put_bits(&m->hvip, BIT(2), v); /* an alias of hip.VSSIP, which is one of hvip's */
        break;
    case 1: m->enabled = v & (M_BITS | S_BITS | VS_BITS | BIT(12) | LCOFI); break;
    case 2: put_bits(&m->soft, m->mideleg & (BIT(1) | LCOFI), v); break;
    case 3: put_bits(&m->enabled, m->mideleg & (S_BITS | LCOFI), v); break;
    case 4: put_bits(&m->hvip, BIT(2), v); break;
    case 5: put_bits(&m->enabled, VS_BITS | BIT(12), v); break;
    case 6: m->hvip = v & VS_BITS; break;
    case 7:
    case 9:
        put_bits(&m->hvip, guest & BIT(2), v << 1);
        put_bits(&m->soft, guests_own, v);
        break;
    default:
        put_bits(&m->enabled, guest, v << 1);
        put_bits(&m->enabled, guests_own, v);
        break;
    }
}

/* STIP is M-mode's to write again when Sstc goes off: its value then is anyone's guess. */
static void switch_sstc(struct hart *h, struct interrupts *m)
{
    m->stce = rnd() & 1;
    m->vstce = rnd() & 1;
    write_in_m(h, 0x30a, (u64)m->stce << 63);
    write_in_m(h, 0x60a, (u64)m->vstce << 63);
    m->vstce = m->stce && m->vstce;
    write_view(h, m, 0, rnd());
    if (!m->stce) write_view(h, m, 0, 0);
}

static void change_surroundings(struct hart *h, struct interrupts *m)
{
    static const u8 lines[] = {LINE_MSI, LINE_MTI, LINE_SEI, LINE_MEI};
    unsigned line = lines[rnd() % 4], guest = 1 + (unsigned)(rnd() % 63);
    bool level = rnd() & 1;
    now = rnd() % 1000;
    hart_line(h, (enum hart_line)line, level);
    put_bits(&m->lines, BIT(line), level ? ~0ull : 0);
    hart_guest_line(h, guest, level);
    put_bits(&m->hgeip, BIT(guest), level ? ~0ull : 0);
}

static void change_settings(struct hart *h, struct interrupts *m)
{
    write_in_m(h, 0x303, m->mideleg = rnd());
    write_in_m(h, 0x603, m->hideleg = rnd());
    m->mideleg = (m->mideleg & (S_BITS | LCOFI)) | VS_BITS | BIT(12);
    write_in_m(h, 0x14d, m->stimecmp = rnd() % 1000);
    write_in_m(h, 0x24d, m->vstimecmp = rnd() % 1000);
    write_in_m(h, 0x605, m->htimedelta = rnd() % 200 - 100);
    write_in_m(h, 0x607, m->hgeie = rnd() & rnd() & rnd() & ~1ull);
    m->vgein = rnd() % 64;
    write_in_m(h, 0x600, m->vgein << 12);
}

static void test_views_of_interrupts(void **state)
{
    (void)state;
    struct hart *h = new_hart(&all);
    struct interrupts m = {0};
    rng_state = 9;
    write_view(h, &m, 0, 0);
    switch_sstc(h, &m);
    change_settings(h, &m);
    for (unsigned k = 0; k < 50000; k++) {
        unsigned what = (unsigned)(rnd() % 16);
        if (what < 11) write_view(h, &m, what, rnd());
        if (what == 11) switch_sstc(h, &m);
        if (what == 12) change_settings(h, &m);
        if (what > 12) change_surroundings(h, &m);
        check_views(h, &m);
    }
    hart_free(h);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_views_of_interrupts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
