/* Who may access which CSR: csr_verdict for every number, mode and direction, under random settings
 * of everything that may close a door, against a model written from the specification. */
#include "tests/host/test_csr.h"

/* What the model looks at, as software would read it. */
struct doors {
    u64 mcounteren, hcounteren, scounteren;
    u64 mstatus, vsstatus, hstatus;
    u64 menvcfg, henvcfg;
    u64 mstateen[4], hstateen[4];
};

static struct doors look(const struct hart *h)
{
    struct doors d = {
        .mcounteren = peek(h, 0x306),
        .hcounteren = peek(h, 0x606),
        .scounteren = peek(h, 0x106),
        .mstatus = peek(h, 0x300),
        .vsstatus = peek(h, 0x200),
        .hstatus = peek(h, 0x600),
        .menvcfg = peek(h, 0x30a),
        .henvcfg = peek(h, 0x60a),
    };
    for (unsigned n = 0; n < 4; n++) {
        d.mstateen[n] = peek(h, 0x30c + n);
        d.hstateen[n] = peek(h, 0x60c + n);
    }
    return d;
}

static bool is_fp(unsigned number)
{
    return number >= 0x001 && number <= 0x003;
}
static bool is_counter(unsigned number)
{
    return number >= 0xc00 && number <= 0xc1f;
}
static bool is_stateen(unsigned number)
{
    return (number & ~3u) == 0x10c || (number & ~3u) == 0x60c;
}

/* Doors that M-mode closes for HS-mode (TVM apart), and that close it to guests too: 3.1.11, 3.1.18
 * (STCE), smstateen (63 = SE0, 62 = ENVCFG). */
static bool m_opens(const struct doors *d, unsigned number)
{
    if (is_counter(number)) return d->mcounteren >> (number & 31) & 1;
    if (number == 0x14d || number == 0x24d) return (d->mcounteren & 2) && (d->menvcfg >> 63);
    if (number == 0x10a || number == 0x60a) return d->mstateen[0] >> 62 & 1;
    if (is_stateen(number)) return d->mstateen[number & 3] >> 63;
    return true;
}

/* "Would be valid in HS-mode, assuming TVM is zero" (22.6.1). */
static bool hs_qualified(const struct doors *d, unsigned number, bool write)
{
    unsigned level = number >> 8 & 3;
    return exists(number) && !(write && number >= 0xc00) && level != 3 && m_opens(d, number);
}

/* In VS-mode, what the hypervisor closes: 22.2.5 (STCE), 22.2.6, 22.2.1 (VTVM), smstateen. */
static bool hypervisor_opens(const struct doors *d, unsigned number)
{
    if (is_counter(number)) return d->hcounteren >> (number & 31) & 1;
    if (number == 0x14d) return (d->hcounteren & 2) && (d->henvcfg >> 63);
    if (number == 0x180) return !(d->hstatus >> 20 & 1);
    if (number == 0x10a) return d->hstateen[0] >> 62 & 1;
    if (is_stateen(number)) return d->hstateen[number & 3] >> 63;
    return true;
}

static bool user_opens(const struct doors *d, unsigned number)
{
    return !is_counter(number) || (d->scounteren >> (number & 31) & 1);
}

static u64 model_guest(const struct doors *d, enum mode mode, unsigned number, bool write)
{
    unsigned level = number >> 8 & 3;
    if (!hs_qualified(d, number, write)) return EXC_ILLEGAL;
    if (level == 2 || (level == 1 && mode == MODE_VU)) return EXC_VIRTUAL;
    if (!hypervisor_opens(d, number)) return EXC_VIRTUAL;
    return mode == MODE_VU && !user_opens(d, number) ? EXC_VIRTUAL : 0;
}

static u64 model(const struct doors *d, enum mode mode, unsigned number, bool write)
{
    unsigned level = number >> 8 & 3;
    bool tvm = d->mstatus >> 20 & 1;
    if (!exists(number) || (write && number >= 0xc00)) return EXC_ILLEGAL;
    if (is_fp(number) && !(d->mstatus >> 13 & 3)) return EXC_ILLEGAL;
    if (is_fp(number) && mode >= MODE_VS && !(d->vsstatus >> 13 & 3)) return EXC_ILLEGAL;
    if (mode == MODE_M) return 0;
    if (mode >= MODE_VS) return model_guest(d, mode, number, write);
    if (level == 3 || (mode == MODE_U && level != 0) || !m_opens(d, number)) return EXC_ILLEGAL;
    if (mode == MODE_U) return user_opens(d, number) ? 0 : EXC_ILLEGAL;
    return tvm && (number == 0x180 || number == 0x680) ? EXC_ILLEGAL : 0;
}

/* Each door open, closed or half open at random. */
static void random_doors(struct hart *h)
{
    static const u16 numbers[] = {0x306, 0x606, 0x106, 0x300, 0x200, 0x600, 0x30a, 0x60a};
    for (unsigned k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        u64 value = rnd() % 3 == 0 ? 0 : rnd() % 2 ? ~0ull : rnd();
        write_in_m(h, numbers[k], value);
    }
    for (unsigned n = 0; n < 4; n++) {
        write_in_m(h, 0x30c + n, rnd() % 3 ? ~0ull : rnd());
        write_in_m(h, 0x60c + n, rnd() % 2 ? ~0ull : rnd());
    }
}

static unsigned verdicts[32];

static void check(const struct hart *h, const struct doors *d, enum mode mode, unsigned number)
{
    static const char *const names[] = {"M", "HS", "U", "VS", "VU"};
    for (unsigned write = 0; write < 2; write++) {
        u64 expected = model(d, mode, number, write), got = csr_verdict(h, number, write);
        verdicts[expected]++;
        if (got == expected) continue;
        fail_msg("CSR %03x, %s in %s: %u, should be %u (mcounteren %" PRIx64 " hcounteren %" PRIx64
                 " scounteren %" PRIx64 " mstatus %" PRIx64 " vsstatus %" PRIx64 " hstatus %" PRIx64
                 " menvcfg %" PRIx64 " henvcfg %" PRIx64 " mstateen0 %" PRIx64 " hstateen0 %" PRIx64
                 ")",
                 number, write ? "write" : "read", names[mode], (unsigned)got, (unsigned)expected,
                 d->mcounteren, d->hcounteren, d->scounteren, d->mstatus, d->vsstatus, d->hstatus,
                 d->menvcfg, d->henvcfg, d->mstateen[0], d->hstateen[0]);
    }
}

static void test_every_door(void **state)
{
    (void)state;
    struct hart *h = new_hart(&all);
    rng_state = 1;
    for (unsigned round = 0; round < 300; round++) {
        random_doors(h);
        struct doors d = look(h);
        for (unsigned mode = 0; mode < MODE_N; mode++) {
            set_mode(h, (enum mode)mode);
            for (unsigned number = 0; number < 4096; number++)
                check(h, &d, (enum mode)mode, number);
        }
    }
    assert_true(verdicts[0] && verdicts[EXC_ILLEGAL] && verdicts[EXC_VIRTUAL]);
    hart_free(h);
}

/* CSRs of an extension that is absent do not exist, and close no doors. */
static void test_without(void **state)
{
    (void)state;
    static const struct {
        enum isa_extension ext;
        u16 number;
    } gone[] = {
        {EXT_F,         0x001},
        {EXT_F,         0x003},
        {EXT_ZICNTR,    0xc00},
        {EXT_ZICNTR,    0xc02},
        {EXT_ZIHPM,     0xc03},
        {EXT_H,         0x600},
        {EXT_H,         0x200},
        {EXT_H,         0x24d},
        {EXT_H,         0x34a},
        {EXT_SSTC,      0x14d},
        {EXT_SSTC,      0x24d},
        {EXT_SMSTATEEN, 0x30c},
        {EXT_H,         0x60c},
        {EXT_H,         0xe12},
        {EXT_SSSTATEEN, 0x10c},
    };
    for (unsigned k = 0; k < sizeof gone / sizeof gone[0]; k++) {
        struct isa less = all;
        isa_remove(&less, gone[k].ext);
        struct hart *h = new_hart(&less);
        csr_write(h, 0x300, STATUS_FS);
        assert_int_equal(csr_verdict(h, gone[k].number, false), EXC_ILLEGAL);
        u64 value;
        assert_false(csr_peek(h, gone[k].number, &value));
        hart_free(h);
    }
    struct isa neither = all; /* mtval2 is of H, and of Ssdbltrp too */
    isa_remove(&neither, EXT_H);
    isa_remove(&neither, EXT_SSDBLTRP);
    struct hart *plain = new_hart(&neither);
    assert_int_equal(csr_verdict(plain, 0x34b, false), EXC_ILLEGAL);
    hart_free(plain);
    struct isa no_stateen = all;
    isa_remove(&no_stateen, EXT_SMSTATEEN);
    struct hart *h = new_hart(&no_stateen);
    set_mode(h, MODE_VS);
    assert_int_equal(csr_verdict(h, 0x10a, true), 0); /* senvcfg is not stateen's to close */
    hart_free(h);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_door),
        cmocka_unit_test(test_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
