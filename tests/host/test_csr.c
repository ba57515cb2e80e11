/* The CSR table: which numbers exist, what each register keeps of what is written (WARL), the VS
 * CSRs that stand in when V=1. */
#include "tests/host/test_csr.h"

static void test_which_exist(void **state)
{
    (void)state;
    struct hart *h = new_hart(&all);
    for (unsigned number = 0; number < 4096; number++) {
        u64 value;
        if (csr_peek(h, number, &value) != exists(number))
            fail_msg("CSR %03x should %sexist", number, exists(number) ? "" : "not ");
        bool smrnmi =
            number >= 0x740 && number <= 0x744 && number != 0x743; /* not in the default */
        assert_int_equal(csr_name(number) != NULL, exists(number) || smrnmi || is_of_aia(number));
    }
    hart_free(h);
}

/* What the specification says of a register's bits: rw must keep what is written, ones are
 * read-only one, free are left to the implementation, all others are read-only zero. Fields with
 * reserved values (MODE, MPP, CBIE, FS with SD) or that others clear (SIE by SDT) are free here and
 * have tests of their own. */
/* clang-format off */
static const struct warl {
    u16 number;
    u64 rw, ones, free;
} warl[] = {
    /* 20.2: fflags, frm */
    {0x001, MASK(4, 0), 0, 0},
    {0x002, MASK(2, 0), 0, 0},
    {0x003, MASK(7, 0), 0, 0},
    /* 3.1.6; little-endian, XLEN 64 everywhere: UBE, SBE, MBE 0, UXL = SXL = 2 */
    {0x300, 0x7e01a8 | MASK(24, 23) | MASK(39, 38) | BIT(41), BIT(33) | BIT(35),
     BIT(1) | MASK(12, 11) | MASK(14, 13) | BIT(63)},
    {0x100, 0xc0120 | MASK(24, 23), BIT(33), BIT(1) | MASK(14, 13) | BIT(63)},
    {0x200, 0xc0120 | MASK(24, 23), BIT(33), BIT(1) | MASK(14, 13) | BIT(63)},
    /* 3.1.8: all that a guest or user can cause; 22.2.2, table of hedeleg */
    {0x302, MASK(10, 1) | MASK(13, 12) | BIT(15) | MASK(23, 20), 0, BIT(0) | MASK(19, 18)},
    {0x602, MASK(8, 1) | MASK(13, 12) | BIT(15) | MASK(19, 18), 0, BIT(0)},
    {0x303, S_BITS | LCOFI, VS_BITS | BIT(12), M_BITS},
    {0x603, VS_BITS | LCOFI, 0, 0},
    {0x304, M_BITS | S_BITS | VS_BITS | BIT(12) | LCOFI, 0, 0},
    {0x104, S_BITS | LCOFI, 0, 0}, /* with mideleg all ones */
    {0x604, VS_BITS | BIT(12), 0, 0},
    {0x204, S_BITS | LCOFI, 0, 0}, /* with hideleg and mideleg all ones */
    {0x645, VS_BITS, 0, 0},
    {0x607, MASK(63, 1), 0, 0}, /* GEILEN = 63 */
    {0x600, 0x7003c0 | MASK(17, 12), BIT(33), MASK(49, 48)},
    {0x605, ~0ull, 0, 0},
    /* 3.1.11, 12.1.5, 22.2.6: 32 bits; those of counters without events are optional */
    {0x306, 7, 0, MASK(31, 3)},
    {0x106, 7, 0, MASK(31, 3)},
    {0x606, 7, 0, MASK(31, 3)},
    {0x320, MASK(31, 0) & ~2ull, 0, 0},
    /* smcntrpmf */
    {0x321, MASK(62, 58), 0, 0},
    {0x322, MASK(62, 58), 0, 0},
    /* sscofpmf; events are the implementation's */
    {0x323, MASK(63, 58), 0, MASK(55, 0)},
    {0x33f, MASK(63, 58), 0, MASK(55, 0)},
    {0xb03, ~0ull, 0, 0},
    {0xb1f, ~0ull, 0, 0},
    /* 3.1.18, 22.2.5, 12.1.10; menvcfg before henvcfg, whose upper bits it allows */
    {0x30a, BIT(0) | MASK(3, 2) | MASK(7, 6) | BIT(59) | MASK(63, 61), 0, MASK(5, 4) | MASK(33, 32)},
    {0x60a, BIT(0) | MASK(3, 2) | MASK(7, 6) | BIT(59) | MASK(63, 61), 0, MASK(5, 4) | MASK(33, 32)},
    {0x10a, BIT(0) | MASK(3, 2) | MASK(7, 6), 0, MASK(5, 4) | MASK(33, 32)},
    {0x011, MASK(63, 3), 0, 0},
    {0x747, BIT(10), 0, MASK(2, 0) | MASK(33, 32)}, /* 3.1.19: MML and MMWP are sticky */
    /* smstateen: no custom state, no Zfinx, no jvt, AIA, Sscsrind or Ssqosid */
    {0x30c, MASK(63, 62), 0, 0},
    {0x30d, BIT(63), 0, 0},
    {0x30e, BIT(63), 0, 0},
    {0x30f, BIT(63), 0, 0},
    {0x60c, MASK(63, 62), 0, 0},
    {0x60d, BIT(63), 0, 0},
    {0x60e, BIT(63), 0, 0},
    {0x60f, BIT(63), 0, 0},
    {0x10c, 0, 0, 0},
    {0x10d, 0, 0, 0},
    {0x10e, 0, 0, 0},
    {0x10f, 0, 0, 0},
    /* trap registers: epc with IALIGN = 16, tval any address */
    {0x340, ~0ull, 0, 0},
    {0x140, ~0ull, 0, 0},
    {0x240, ~0ull, 0, 0},
    {0x341, ~1ull, 0, 0},
    {0x141, ~1ull, 0, 0},
    {0x241, ~1ull, 0, 0},
    {0x343, ~0ull, 0, 0},
    {0x143, ~0ull, 0, 0},
    {0x243, ~0ull, 0, 0},
    {0x305, ~3ull, 0, BIT(0)},
    {0x105, ~3ull, 0, BIT(0)},
    {0x205, ~3ull, 0, BIT(0)},
    {0x34b, MASK(56, 0), 0, MASK(63, 57)}, /* a guest-physical address of 59 bits, >> 2 */
    {0x643, MASK(56, 0), 0, MASK(63, 57)},
    {0x34a, MASK(31, 0), 0, MASK(63, 32)},
    {0x64a, MASK(31, 0), 0, MASK(63, 32)},
    {0x14d, ~0ull, 0, 0},
    {0x24d, ~0ull, 0, 0},
    {0xb00, ~0ull, 0, 0}, /* inhibited, they stand */
    {0xb02, ~0ull, 0, 0},
    {0x3b0, MASK(53, 0), 0, 0},
    {0x3bf, MASK(53, 0), 0, 0},
};
/* clang-format on */

static bool keeps(struct hart *h, const struct warl *w, u64 value)
{
    csr_write(h, w->number, value);
    u64 got = csr_read(h, w->number), expected = (value & w->rw) | w->ones;
    if ((got & ~w->free) == expected) return true;
    print_message("%s: wrote %016" PRIx64 ", read %016" PRIx64 ", should be %016" PRIx64
                  " outside of %016" PRIx64 "\n",
                  csr_name(w->number), value, got, expected, w->free);
    return false;
}

static bool keeps_all(const struct warl *w)
{
    static const u64 patterns[] = {~0ull, 0, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa};
    struct hart *h = open_hart();
    bool good = true;
    for (unsigned p = 0; good && p < 4; p++) good = keeps(h, w, patterns[p]);
    for (unsigned p = 0; good && p < 64; p++) good = keeps(h, w, rnd()) && keeps(h, w, BIT(p));
    hart_free(h);
    return good;
}

static void test_what_is_kept(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (unsigned k = 0; k < sizeof warl / sizeof warl[0]; k++) wrong += !keeps_all(&warl[k]);
    assert_int_equal(wrong, 0);
}

/* ---- fields with reserved values ---- */

/* Legal values of a field stay, others become some legal one; no other bit of keep changes. */
static void check_field(unsigned number, u64 field, u64 legal, u64 keep)
{
    struct hart *h = open_hart();
    unsigned shift = (unsigned)__builtin_ctzll(field);
    for (unsigned k = 0; k < 200; k++) {
        u64 value = rnd(), choice = (value & field) >> shift;
        csr_write(h, number, value);
        u64 got = csr_read(h, number), held = (got & field) >> shift;
        if (!(legal >> held & 1))
            fail_msg("%s holds a reserved value: %" PRIx64, csr_name(number), got);
        if (legal >> choice & 1) assert_int_equal(held, choice);
        assert_int_equal(got & keep, value & keep);
    }
    hart_free(h);
}

static void test_reserved_values(void **state)
{
    (void)state;
    const u64 paged = BIT(0) | BIT(8) | BIT(9) | BIT(10);
    check_field(0x300, STATUS_MPP, 0xb, BIT(3) | BIT(17));
    check_field(0x30a, ENVCFG_CBIE, 0xb, BIT(0) | MASK(7, 6) | MASK(63, 61));
    check_field(0x60a, ENVCFG_CBIE, 0xb, BIT(0) | MASK(7, 6) | MASK(63, 61));
    check_field(0x10a, ENVCFG_CBIE, 0xb, BIT(0) | MASK(7, 6));
    check_field(0x30a, MASK(33, 32), 0xd, BIT(0)); /* PMM and HUPMM */
    check_field(0x60a, MASK(33, 32), 0xd, BIT(0));
    check_field(0x10a, MASK(33, 32), 0xd, BIT(0));
    check_field(0x747, MASK(33, 32), 0xd, 0);
    check_field(0x600, MASK(49, 48), 0xd, BIT(20));
    check_field(0x305, MASK(1, 0), 3, MASK(63, 2));
    check_field(0x105, MASK(1, 0), 3, MASK(63, 2));
    check_field(0x205, MASK(1, 0), 3, MASK(63, 2));
    check_field(0x680, MASK(63, 60), paged,
                MASK(57, 44) | MASK(43, 2)); /* 22.2.10: "normal" WARL */
    check_field(0x180, MASK(63, 60), paged, 0);
    check_field(0x280, MASK(63, 60), paged, 0);
}

/* Causes are WLRL: each that can occur must be held (3.1.15, 22.6.1). */
static void test_causes(void **state)
{
    (void)state;
    static const u16 numbers[] = {0x342, 0x142, 0x242};
    const u64 exceptions = MASK(9, 0) | MASK(13, 10) | BIT(15) | MASK(23, 20);
    struct hart *h = open_hart();
    for (unsigned k = 0; k < 3; k++) {
        for (u64 code = 0; code < 24; code++) {
            if (exceptions >> code & 1) csr_write(h, numbers[k], code);
            if (exceptions >> code & 1) assert_int_equal(csr_read(h, numbers[k]), code);
            if (code >= 13) continue;
            csr_write(h, numbers[k], BIT(63) | code);
            assert_int_equal(csr_read(h, numbers[k]), BIT(63) | code);
        }
    }
    hart_free(h);
}

/* satp: an unsupported MODE makes the whole write void (12.1.11); vsatp: so too when V=1, and when
 * V=0 that or the other fields written (22.2.18). hgatp: PPN[1:0] and bits 59:58 are zero. */
static void test_translation_registers(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    const u64 sv39 = 8ull << 60, odd = 5ull << 60, rest = MASK(59, 0);
    csr_write(h, 0x180, sv39 | rest);
    assert_int_equal(csr_read(h, 0x180), sv39 | rest);
    csr_write(h, 0x180, odd | 1);
    assert_int_equal(csr_read(h, 0x180), sv39 | rest);
    csr_write(h, 0x280, sv39 | 7);
    csr_write(h, 0x280, odd | 1);
    u64 vsatp = csr_read(h, 0x280);
    assert_true(vsatp == (sv39 | 7) || (vsatp & rest) == 1);
    csr_write(h, 0x280, sv39 | 7);
    set_mode(h, MODE_VS);
    csr_write(h, 0x180, odd | 1);
    assert_int_equal(csr_read(h, 0x180), sv39 | 7);
    set_mode(h, MODE_HS);
    csr_write(h, 0x680, sv39 | rest);
    assert_int_equal(csr_read(h, 0x680), sv39 | MASK(57, 2));
    hart_free(h);
}

/* SD sums up FS (3.1.6.6); writing a floating-point CSR makes FS dirty, at both levels when V=1. */
static void test_dirty_state(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    for (u64 fs = 0; fs < 4; fs++) {
        csr_write(h, 0x300, fs << 13);
        csr_write(h, 0x200, (3 - fs) << 13);
        assert_int_equal(csr_read(h, 0x300) >> 13 & 3, fs);
        assert_int_equal(csr_read(h, 0x300) >> 63, fs == 3);
        assert_int_equal(csr_read(h, 0x100) >> 63, fs == 3);
        assert_int_equal(csr_read(h, 0x200) >> 63, fs == 0);
    }
    csr_write(h, 0x300, 1 << 13);
    csr_write(h, 0x200, 1 << 13);
    set_mode(h, MODE_VU);
    csr_write(h, 0x003, 0xa5);
    set_mode(h, MODE_M);
    assert_int_equal(csr_read(h, 0x300) >> 13 & 3, 3);
    assert_int_equal(csr_read(h, 0x200) >> 13 & 3, 3);
    assert_int_equal(csr_read(h, 0x001), 0x05);
    assert_int_equal(csr_read(h, 0x002), 5);
    hart_free(h);
}

/* Bits that a register above allows vanish with it (22.2.5, smstateen). */
static void test_bits_from_above(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    csr_write(h, 0x60a, ~0ull);
    csr_write(h, 0x60c, ~0ull);
    csr_write(h, 0x30a, BIT(62));
    assert_int_equal(csr_read(h, 0x60a) >> 61, 2);
    csr_write(h, 0x30c, BIT(63));
    assert_int_equal(csr_read(h, 0x60c), BIT(63));
    csr_write(h, 0x30a, 0);
    csr_write(h, 0x60a, ~0ull);
    assert_int_equal(csr_read(h, 0x60a) >> 61, 0);
    hart_free(h);
}

/* A status register's trap-disable bit keeps its interrupt enable at 0, whatever the write says of
 * that; without DTE, SDT is read-only zero (3.1.6.2, 12.1.1.5, 3.1.18, 22.2.5). */
static void check_disable(struct hart *h, unsigned number, u64 disable, u64 enable)
{
    csr_write(h, number, enable);
    assert_int_equal(csr_read(h, number) & (disable | enable), enable);
    csr_write(h, number, disable | enable);
    assert_int_equal(csr_read(h, number) & (disable | enable), disable);
    csr_write(h, number, disable | enable);
    assert_int_equal(csr_read(h, number) & (disable | enable), disable);
    csr_write(h, number, enable);
    assert_int_equal(csr_read(h, number) & (disable | enable), enable);
}

static void test_disabled_traps(void **state)
{
    (void)state;
    const u64 sdt = BIT(24), mdt = BIT(42), dte = BIT(59);
    struct isa with_mdt = all;
    with_mdt.set |= ISA_SET(EXT_SMDBLTRP);
    struct hart *h = new_hart(&with_mdt);
    csr_write(h, 0x30a, dte);
    csr_write(h, 0x60a, dte);
    check_disable(h, 0x300, sdt, BIT(1));
    check_disable(h, 0x100, sdt, BIT(1));
    check_disable(h, 0x200, sdt, BIT(1));
    check_disable(h, 0x300, mdt, BIT(3));
    csr_write(h, 0x300, sdt);
    csr_write(h, 0x200, sdt);
    csr_write(h, 0x60a, 0);
    csr_write(h, 0x200, sdt);
    assert_int_equal(csr_read(h, 0x200) & sdt, 0);
    assert_int_equal(csr_read(h, 0x100) & sdt, sdt);
    csr_write(h, 0x60a, dte);
    csr_write(h, 0x30a, 0);
    csr_write(h, 0x300, sdt);
    csr_write(h, 0x200, sdt);
    assert_int_equal(csr_read(h, 0x60a) & dte, 0);
    assert_int_equal(csr_read(h, 0x300) & sdt, 0);
    assert_int_equal(csr_read(h, 0x100) & sdt, 0);
    assert_int_equal(csr_read(h, 0x200) & sdt, 0);
    hart_free(h);
}

static void test_constants(void **state)
{
    (void)state;
    struct hart *h = new_hart(&all);
    u64 letters = 0;
    for (const char *p = "acdfhimsu"; *p; p++) letters |= BIT(*p - 'a');
    assert_int_equal(csr_read(h, 0x301) & ~BIT('b' - 'a'), 2ull << 62 | letters);
    assert_int_equal(csr_read(h, 0xf14), 5);
    assert_int_equal(csr_read(h, 0x300) & (STATUS_MIE | STATUS_MPRV), 0); /* 3.4 */
    for (unsigned n = 0; n < 4; n++) assert_int_equal(csr_read(h, 0x30c + n), 0);
    hart_free(h);
}

/* 3.1.10, 22.2.7 */
static void test_time(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    now = 1000;
    csr_write(h, 0x605, (u64)-300);
    assert_int_equal(csr_read(h, 0xc01), 1000);
    set_mode(h, MODE_HS);
    assert_int_equal(csr_read(h, 0xc01), 1000);
    set_mode(h, MODE_VS);
    assert_int_equal(csr_read(h, 0xc01), 700);
    set_mode(h, MODE_VU);
    assert_int_equal(csr_read(h, 0xc01), 700);
    write_in_m(h, 0xb00, 77);
    write_in_m(h, 0xb02, 88);
    assert_int_equal(csr_read(h, 0xc00), 77);
    assert_int_equal(csr_read(h, 0xc02), 88);
    hart_free(h);
}

/* Without H, its fields are read-only zero: in mstatus, medeleg, mideleg, mie. */
static void test_fields_without_h(void **state)
{
    (void)state;
    struct isa less = all;
    isa_remove(&less, EXT_H);
    struct hart *h = new_hart(&less);
    const u16 numbers[] = {0x300, 0x302, 0x303, 0x304, 0x344};
    for (unsigned k = 0; k < 5; k++) csr_write(h, numbers[k], ~0ull);
    assert_int_equal(csr_read(h, 0x300) & (BIT(38) | BIT(39)), 0);
    assert_int_equal(csr_read(h, 0x302) & (BIT(10) | MASK(23, 20)), 0);
    assert_int_equal(csr_read(h, 0x303) & (VS_BITS | BIT(12)), 0);
    assert_int_equal(csr_read(h, 0x304) & (VS_BITS | BIT(12)), 0);
    assert_int_equal(csr_read(h, 0x344) & (VS_BITS | BIT(12)), 0);
    assert_int_equal(csr_read(h, 0x301) >> ('h' - 'a') & 1, 0);
    hart_free(h);
}

/* mseccfg is there as long as an extension has a field in it (3.1.19). */
static void test_mseccfg_of_several(void **state)
{
    (void)state;
    struct isa less = all;
    u64 value, fields[] = {MASK(2, 0), MASK(33, 32)};
    const enum isa_extension ext[] = {EXT_SMEPMP, EXT_SMMPM};
    for (unsigned k = 0; k < 2; k++) {
        less = all;
        isa_remove(&less, ext[k]);
        struct hart *h = new_hart(&less);
        csr_write(h, 0x747, MASK(2, 0) | MASK(33, 32));
        assert_int_equal(csr_read(h, 0x747), fields[!k]);
        hart_free(h);
    }
    isa_remove(&less, EXT_SMEPMP); /* Smmpm has gone already */
    isa_remove(&less, EXT_ZICFILP);
    struct hart *h = new_hart(&less);
    assert_false(csr_peek(h, 0x747, &value));
    hart_free(h);
}

/* ---- V=1: a VS CSR in place of the supervisor's (22.2.11 on) ---- */

static void test_substitution(void **state)
{
    (void)state;
    static const u16 pairs[][2] = {
        {0x100, 0x200},
        {0x104, 0x204},
        {0x105, 0x205},
        {0x140, 0x240},
        {0x141, 0x241},
        {0x142, 0x242},
        {0x143, 0x243},
        {0x144, 0x244},
        {0x14d, 0x24d},
        {0x180, 0x280}
    };
    for (unsigned k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
        struct hart *h = open_hart();
        u64 s = peek(h, pairs[k][0]), vs = peek(h, pairs[k][1]);
        csr_write(h, 0x24d, ~0ull); /* no timer of the guest in vsip */
        for (unsigned guest = 0; guest < 2; guest++) {
            set_mode(h, guest ? MODE_VS : MODE_HS);
            u64 value = csr_read(h, pairs[k][0]) ^ 2; /* a bit that each of them keeps */
            if (pairs[k][0] == 0x105) value ^= 6;
            csr_write(h, pairs[k][0], value);
            assert_int_equal(csr_read(h, pairs[k][0]), value);
            *(guest ? &vs : &s) = value;
            assert_int_equal(peek(h, pairs[k][0]), s);
            assert_int_equal(peek(h, pairs[k][1]), vs);
        }
        set_mode(h, MODE_HS);
        assert_int_equal(csr_read(h, pairs[k][1]), vs);
        hart_free(h);
    }
}

/* scounteren and senvcfg have no such partner: the guest has the supervisor's own (22.2). */
static void test_no_substitution(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    set_mode(h, MODE_VS);
    csr_write(h, 0x106, 5);
    csr_write(h, 0x10a, 1);
    set_mode(h, MODE_HS);
    assert_int_equal(csr_read(h, 0x106), 5);
    assert_int_equal(csr_read(h, 0x10a), 1);
    hart_free(h);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_exist),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_reserved_values),
        cmocka_unit_test(test_causes),
        cmocka_unit_test(test_translation_registers),
        cmocka_unit_test(test_dirty_state),
        cmocka_unit_test(test_bits_from_above),
        cmocka_unit_test(test_disabled_traps),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_fields_without_h),
        cmocka_unit_test(test_mseccfg_of_several),
        cmocka_unit_test(test_substitution),
        cmocka_unit_test(test_no_substitution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
