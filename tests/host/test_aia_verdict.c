/* Who may access which CSR of the Advanced Interrupt Architecture: csr_verdict for each, in every
 * mode, read and written, under random settings of all that may close a door, against a model
 * written from RISC-V AIA 1.0, "Control and Status Registers (CSRs) Added to Harts". */
#include "tests/host/test_csr.h"

struct doors {
    bool imsic, stateen;
    unsigned guests;
    u64 mstateen0, hstateen0, mvien, hvictl, vgein;
    u64 miselect, siselect, vsiselect;
};

enum { CSRIND = 60, AIA = 59, IMSIC = 58 };

static bool m_allows(const struct doors *d, unsigned bit)
{
    return !d->stateen || (d->mstateen0 >> bit & 1);
}
static bool h_allows(const struct doors *d, unsigned bit)
{
    return !d->stateen || (d->hstateen0 >> bit & 1);
}
static bool is_priority(u64 select)
{
    return select >= 0x30 && select <= 0x3f;
}
static bool is_external(u64 select)
{
    return select >= 0x70 && select <= 0xff;
}

/* Even ones only: 0x31 to 0x3f, 0x81 to 0xbf and 0xc1 to 0xff name nothing with XLEN 64; 0x71 and
 * 0x73 to 0x7f are reserved, and read as zero. */
static bool is_register(u64 select)
{
    if (is_priority(select)) return select % 2 == 0;
    return is_external(select) && (select < 0x80 || select % 2 == 0);
}
static bool has_guest_file(const struct doors *d)
{
    return d->imsic && d->vgein >= 1 && d->vgein <= d->guests;
}

static u64 illegal_unless(bool good)
{
    return good ? 0 : EXC_ILLEGAL;
}
static u64 virtual_unless(bool good)
{
    return good ? 0 : EXC_VIRTUAL;
}

/* mireg and mtopei: M-mode only. */
static u64 model_mireg(const struct doors *d)
{
    return illegal_unless(is_register(d->miselect) && (is_priority(d->miselect) || d->imsic));
}

static u64 model_sireg(const struct doors *d, enum mode mode)
{
    u64 s = d->siselect;
    if (!is_register(s)) return EXC_ILLEGAL;
    if (is_priority(s)) return illegal_unless(mode == MODE_M || m_allows(d, AIA));
    if (!d->imsic) return EXC_ILLEGAL;
    return illegal_unless(mode == MODE_M || (m_allows(d, IMSIC) && !(d->mvien >> 9 & 1)));
}

/* From M and HS. */
static u64 model_vsireg(const struct doors *d, enum mode mode)
{
    u64 s = d->vsiselect;
    if (!is_external(s) || !is_register(s) || !has_guest_file(d)) return EXC_ILLEGAL;
    return illegal_unless(mode == MODE_M || m_allows(d, IMSIC));
}

/* sireg from VS: the guest's. Smcsrind recommends illegal for what no extension has. */
static u64 model_guest_sireg(const struct doors *d)
{
    u64 s = d->vsiselect;
    if (!h_allows(d, CSRIND)) return EXC_VIRTUAL;
    if (!is_priority(s) && !is_external(s)) return EXC_ILLEGAL;
    if (is_external(s) && d->imsic && !m_allows(d, IMSIC)) return EXC_ILLEGAL;
    return virtual_unless(is_external(s) && is_register(s) && has_guest_file(d) &&
                          h_allows(d, IMSIC));
}

/* From VS and VU, what is no M-level CSR. */
static u64 model_guest(const struct doors *d, enum mode mode, unsigned number, bool write)
{
    bool vti = d->hvictl >> 30 & 1, vs = mode == MODE_VS;
    switch (number) {
    case 0x151:
    case 0x251:
        if (!m_allows(d, CSRIND)) return EXC_ILLEGAL;
        return vs && number == 0x151 ? model_guest_sireg(d) : EXC_VIRTUAL;
    case 0x150: /* siselect */
    case 0x250:
        if (!m_allows(d, CSRIND)) return EXC_ILLEGAL;
        return virtual_unless(vs && number == 0x150 && h_allows(d, CSRIND));
    case 0x15c: /* stopei */
    case 0x25c:
        if (d->imsic && !m_allows(d, IMSIC)) return EXC_ILLEGAL;
        return virtual_unless(vs && number == 0x15c && has_guest_file(d) && h_allows(d, IMSIC));
    case 0xdb0: /* stopi */
    case 0xeb0:
        if (write || !m_allows(d, AIA)) return EXC_ILLEGAL;
        return virtual_unless(vs && number == 0xdb0 && h_allows(d, AIA));
    case 0x104: /* sie, sip */
    case 0x144: return virtual_unless(vs && !vti);
    case 0x14d: return virtual_unless(vs && !(vti && write));     /* stimecmp, open otherwise */
    default: return m_allows(d, AIA) ? EXC_VIRTUAL : EXC_ILLEGAL; /* hvien and so on */
    }
}

static u64 model(const struct doors *d, enum mode mode, unsigned number, bool write)
{
    unsigned level = number >> 8 & 3;
    if (number == 0xfb0) return illegal_unless(mode == MODE_M && !write);
    if (number == 0x351) return mode == MODE_M ? model_mireg(d) : EXC_ILLEGAL;
    if (number == 0x35c) return illegal_unless(mode == MODE_M && d->imsic);
    if (level == 3) return illegal_unless(mode == MODE_M);
    if (mode == MODE_U) return EXC_ILLEGAL;
    if (mode >= MODE_VS) return model_guest(d, mode, number, write);
    bool m = mode == MODE_M;
    switch (number) {
    case 0x150:
    case 0x250: return illegal_unless(m || m_allows(d, CSRIND));
    case 0x151: return m || m_allows(d, CSRIND) ? model_sireg(d, mode) : EXC_ILLEGAL;
    case 0x251: return m || m_allows(d, CSRIND) ? model_vsireg(d, mode) : EXC_ILLEGAL;
    case 0x15c:
        return illegal_unless(d->imsic && (m || (m_allows(d, IMSIC) && !(d->mvien >> 9 & 1))));
    case 0x25c: return illegal_unless(has_guest_file(d) && (m || m_allows(d, IMSIC)));
    case 0x104:
    case 0x144:
    case 0x14d: return 0;
    default: return illegal_unless((m || m_allows(d, AIA)) && !(write && number >= 0xc00));
    }
}

/* Numbers at and around the ends of ranges, and any other. */
static u64 random_select(void)
{
    static const u16 ends[] = {0x00, 0x2f, 0x30, 0x31, 0x3e, 0x3f, 0x40,  0x6f,
                               0x70, 0x71, 0x72, 0x73, 0x7f, 0x80, 0x81,  0x86,
                               0x88, 0xbf, 0xc0, 0xc1, 0xfe, 0xff, 0x100, 0xfff};
    return rnd() % 4 ? ends[rnd() % (sizeof ends / sizeof ends[0])] : rnd() % 0x200;
}

static struct doors random_doors(struct hart *h, bool stateen)
{
    if (stateen) write_in_m(h, 0x30c, rnd() % 4 ? rnd() | rnd() | 1ull << 63 : 0);
    if (stateen) write_in_m(h, 0x60c, rnd() % 4 ? rnd() | rnd() : 0);
    write_in_m(h, 0x308, rnd());
    write_in_m(h, 0x609, rnd());
    write_in_m(h, 0x600, (rnd() % 3 ? rnd() % 8 : 0) << 12);
    write_in_m(h, 0x350, random_select());
    write_in_m(h, 0x150, random_select());
    write_in_m(h, 0x250, random_select());
    return (struct doors){.imsic = h->config.imsic,
                          .stateen = stateen,
                          .guests = h->config.geilen,
                          .mstateen0 = stateen ? peek(h, 0x30c) : 0,
                          .hstateen0 = stateen ? peek(h, 0x60c) : 0,
                          .mvien = peek(h, 0x308),
                          .hvictl = peek(h, 0x609),
                          .vgein = peek(h, 0x600) >> 12 & 63,
                          .miselect = peek(h, 0x350),
                          .siselect = peek(h, 0x150),
                          .vsiselect = peek(h, 0x250)};
}

static unsigned verdicts[32];

static void check_all(struct hart *h, const struct doors *d)
{
    static const char *const names[] = {"M", "HS", "U", "VS", "VU"};
    static const u16 numbers[] = {0x150, 0x151, 0x15c, 0xdb0, 0x308, 0x309, 0x350,
                                  0x351, 0x35c, 0xfb0, 0x250, 0x251, 0x25c, 0xeb0,
                                  0x608, 0x609, 0x646, 0x647, 0x104, 0x144, 0x14d};
    for (unsigned k = 0; k < sizeof numbers / sizeof numbers[0] * 2 * MODE_N; k++) {
        unsigned number = numbers[k / (2 * MODE_N)];
        enum mode mode = (enum mode)(k / 2 % MODE_N);
        bool write = k & 1;
        set_mode(h, mode);
        u64 expected = model(d, mode, number, write), got = csr_verdict(h, number, write);
        verdicts[expected]++;
        if (got == expected) continue;
        fail_msg("CSR %03x, %s in %s: %u, should be %u (imsic %d mstateen0 %" PRIx64
                 " hstateen0 %" PRIx64 " mvien %" PRIx64 " hvictl %" PRIx64 " vgein %" PRIu64
                 " miselect %" PRIx64 " siselect %" PRIx64 " vsiselect %" PRIx64 ")",
                 number, write ? "write" : "read", names[mode], (unsigned)got, (unsigned)expected,
                 d->imsic, d->mstateen0, d->hstateen0, d->mvien, d->hvictl, d->vgein, d->miselect,
                 d->siselect, d->vsiselect);
    }
}

/* With IMSIC or not, with guest files or not, with state enables or not. */
static void test_every_door(void **state)
{
    (void)state;
    rng_state = 1;
    for (unsigned kind = 0; kind < 8; kind++) {
        bool stateen = kind & 1, imsic = kind & 2;
        struct isa isa = aia_isa();
        if (!stateen) isa_remove(&isa, EXT_SMSTATEEN);
        struct hart *h = new_aia_hart(&isa, imsic, kind & 4 ? 5 : 0);
        write_in_m(h, 0x306, ~0ull); /* so that stimecmp is open */
        write_in_m(h, 0x606, ~0ull);
        write_in_m(h, 0x30a, ~0ull);
        write_in_m(h, 0x60a, ~0ull);
        for (unsigned round = 0; round < 4000; round++) {
            struct doors d = random_doors(h, stateen);
            check_all(h, &d);
        }
        hart_free(h);
    }
    assert_true(verdicts[0] && verdicts[EXC_ILLEGAL] && verdicts[EXC_VIRTUAL]);
}

/* Without the name none of it is there, and no door of it closes. */
static void test_without(void **state)
{
    (void)state;
    struct isa isa;
    isa_default(&isa);
    struct hart *h = new_hart(&isa);
    for (unsigned number = 0; number < 4096; number++) {
        if (!is_of_aia(number)) continue;
        u64 value;
        assert_int_equal(csr_verdict(h, number, false), EXC_ILLEGAL);
        assert_false(csr_peek(h, number, &value));
    }
    write_in_m(h, 0x30c, ~0ull);
    assert_int_equal(peek(h, 0x30c), 3ull << 62);
    hart_free(h);
    isa = aia_isa();
    isa_remove(&isa, EXT_H);
    h = new_aia_hart(&isa, true, 0);
    for (unsigned number = 0; number < 4096; number++)
        if (is_of_aia(number))
            assert_int_equal(csr_peek(h, number, &(u64){0}), (number >> 8 & 3) != 2);
    hart_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_door),
        cmocka_unit_test(test_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
