/* Fields that an extension brings are read-only zero in a hart without it (priv. spec 3.1.6, 3.1.9,
 * 3.1.18, 3.1.19, 12.1.3, 12.1.10, 22.2.5, and the extensions' own chapters). */
#include "hart/csr.h"
#include "hart/csrbits.h"
#include "hart/isa.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct isa all;

static struct ram_page no_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
    return (struct ram_page){NULL, NULL};
}
static u64 standing_time(void *machine)
{
    (void)machine;
    return 0;
}

static struct hart *new_hart(const struct isa *isa)
{
    const struct bus bus = {.page = no_page, .time = standing_time};
    const struct hart_config config = {.isa = isa};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    return h;
}

#define PMM   MASK(33, 32)
#define LCOFI BIT(13)

/* clang-format off */
static const struct {
    enum isa_extension ext;
    u16 number;
    u64 field;
} fields[] = {
    {EXT_SVPBMT,   0x30a, BIT(62)}, {EXT_SVPBMT,   0x60a, BIT(62)},
    {EXT_SVADU,    0x30a, BIT(61)}, {EXT_SVADU,    0x60a, BIT(61)},
    {EXT_SSTC,     0x30a, BIT(63)}, {EXT_SSTC,     0x60a, BIT(63)},
    {EXT_ZICBOZ,   0x30a, BIT(7)},  {EXT_ZICBOZ,   0x60a, BIT(7)},  {EXT_ZICBOZ,   0x10a, BIT(7)},
    {EXT_ZICBOM,   0x30a, BIT(6)},  {EXT_ZICBOM,   0x60a, BIT(6)},  {EXT_ZICBOM,   0x10a, BIT(6)},
    {EXT_ZICBOM,   0x30a, MASK(5, 4)}, {EXT_ZICBOM, 0x60a, MASK(5, 4)},
    {EXT_ZICBOM,   0x10a, MASK(5, 4)},
    {EXT_SMNPM,    0x30a, PMM},     {EXT_SSNPM,    0x60a, PMM},     {EXT_SSNPM,    0x10a, PMM},
    {EXT_SSNPM,    0x600, MASK(49, 48)}, {EXT_SMMPM, 0x747, PMM},
    {EXT_ZICFILP,  0x30a, BIT(2)},  {EXT_ZICFILP,  0x60a, BIT(2)},  {EXT_ZICFILP,  0x10a, BIT(2)},
    {EXT_ZICFILP,  0x747, BIT(10)}, {EXT_ZICFILP,  0x300, BIT(23) | BIT(41)},
    {EXT_ZICFILP,  0x100, BIT(23)}, {EXT_ZICFILP,  0x200, BIT(23)},
    {EXT_ZICFISS,  0x30a, BIT(3)},  {EXT_ZICFISS,  0x60a, BIT(3)},  {EXT_ZICFISS,  0x10a, BIT(3)},
    {EXT_SSDBLTRP, 0x30a, BIT(59)}, {EXT_SSDBLTRP, 0x60a, BIT(59)},
    {EXT_SSDBLTRP, 0x300, BIT(24)}, {EXT_SSDBLTRP, 0x100, BIT(24)}, {EXT_SSDBLTRP, 0x200, BIT(24)},
    {EXT_SMEPMP,   0x747, MASK(2, 0)},
    {EXT_SSCOFPMF, 0x344, LCOFI},   {EXT_SSCOFPMF, 0x304, LCOFI},
    {EXT_SSCOFPMF, 0x144, LCOFI},   {EXT_SSCOFPMF, 0x104, LCOFI},
    {EXT_SSCOFPMF, 0x323, BIT(63)},
    {EXT_H,        0x321, MASK(59, 58)}, {EXT_H,   0x322, MASK(59, 58)},
};
/* clang-format on */

/* With all that could mask the field open. */
static u64 read_back(const struct isa *isa, unsigned number)
{
    static const u16 openers[] = {0x303, 0x603, 0x30a, 0x60a};
    struct hart *h = new_hart(isa);
    u64 value;
    for (unsigned k = 0; k < 4; k++)
        if (csr_peek(h, openers[k], &value)) csr_write(h, openers[k], ~0ull);
    csr_write(h, number, ~0ull);
    value = csr_read(h, number);
    hart_free(h);
    return value;
}

static void test_fields_of_absent_extensions(void **state)
{
    (void)state;
    for (unsigned k = 0; k < sizeof fields / sizeof *fields; k++) {
        struct isa less = all;
        isa_remove(&less, fields[k].ext);
        u64 with = read_back(&all, fields[k].number) & fields[k].field;
        u64 without = read_back(&less, fields[k].number) & fields[k].field;
        if (!with || without)
            fail_msg("row %u, CSR %03x: %" PRIx64 " with the extension, %" PRIx64 " without", k,
                     fields[k].number, with, without);
    }
}

/* What Sstc, Sscofpmf and Zicfilp add to mip and mstatus is for software to write, or not there at
 * all, when they are not: STIP of mip is M-mode's. */
static void test_stip_without_sstc(void **state)
{
    (void)state;
    struct isa less = all;
    isa_remove(&less, EXT_SSTC);
    struct hart *h = new_hart(&less);
    csr_write(h, 0x303, ~0ull);
    csr_write(h, 0x344, MIP_STIP);
    assert_int_equal(csr_read(h, 0x344) & MIP_STIP, MIP_STIP);
    csr_write(h, 0x144, 0); /* sip's is read-only */
    assert_int_equal(csr_read(h, 0x344) & MIP_STIP, MIP_STIP);
    csr_write(h, 0x344, 0);
    assert_int_equal(csr_read(h, 0x344) & MIP_STIP, 0);
    hart_free(h);
}

/* S-mode being there, FS may be writable without F, or be zero (3.1.6.6): here it is writable, and
 * SD sums it up. */
static void test_fs_without_f(void **state)
{
    (void)state;
    struct isa less = all;
    isa_remove(&less, EXT_F);
    assert_int_equal(read_back(&less, 0x300) & (STATUS_FS | STATUS_SD), STATUS_FS | STATUS_SD);
    assert_int_equal(read_back(&less, 0x100) & (STATUS_FS | STATUS_SD), STATUS_FS | STATUS_SD);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_of_absent_extensions),
        cmocka_unit_test(test_stip_without_sstc),
        cmocka_unit_test(test_fs_without_f),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
