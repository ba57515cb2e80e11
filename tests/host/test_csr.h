/* For test_csr*.c: a hart with nothing around it, and the list of CSRs that
 * the default ISA has (priv. spec 2.2, tables of CSR addresses; the extensions' own chapters). */
#ifndef TEST_CSR_H
#define TEST_CSR_H

#include "hart/csr.h"
#include "hart/csrbits.h"
#include "hart/isa.h"
#include "hart/state.h"
#include "hart/trap.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- interrupts of mip ---- */

#define VS_BITS (BIT(2) | BIT(6) | BIT(10))
#define S_BITS  (BIT(1) | BIT(5) | BIT(9))
#define LCOFI   BIT(13)
#define M_BITS  (BIT(3) | BIT(7) | BIT(11))

/* ---- random numbers ---- */

static u64 rng_state;

static inline u64 rnd(void)
{
    u64 x = rng_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* ---- a hart whose bus is empty and whose clock stands ---- */

static struct isa all;
static u64 now;

static struct ram_page no_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
    return (struct ram_page){NULL, NULL};
}
static bool no_load(void *machine, u64 pa, unsigned size, u64 *value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}
static bool no_store(void *machine, u64 pa, unsigned size, u64 value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}
static void nothing_stored(void *machine, u64 pa, unsigned size)
{
    (void)machine, (void)pa, (void)size;
}
static void no_code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}
static u64 standing_time(void *machine)
{
    (void)machine;
    return now;
}

static struct hart *new_hart(const struct isa *isa)
{
    const struct bus bus = {NULL,           no_page,      no_load,      no_store,
                            nothing_stored, no_code_page, standing_time};
    const struct hart_config config = {.id = 5, .isa = isa, .geilen = 63};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    return h;
}

/* The Advanced Interrupt Architecture, which no default has. */
static inline struct isa aia_isa(void)
{
    struct isa isa;
    isa_default(&isa);
    isa_add(&isa, EXT_SMAIA);
    return isa;
}

static inline struct hart *new_aia_hart(const struct isa *isa, bool imsic, unsigned guests)
{
    const struct bus bus = {
        .page = no_page, .load = no_load, .store = no_store, .time = standing_time};
    const struct hart_config config = {.isa = isa, .geilen = (u8)guests, .imsic = imsic};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    return h;
}

/* The same with everything that masks others open. */
static inline struct hart *open_hart(void)
{
    static const u16 numbers[] = {0x303, 0x603, 0x30a, 0x60a, 0x30c, 0x30d, 0x30e, 0x30f};
    struct hart *h = new_hart(&all);
    for (unsigned k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        csr_write(h, numbers[k], ~0ull);
    csr_write(h, 0x320, 5);
    return h;
}

/* ---- modes ---- */

enum mode { MODE_M, MODE_HS, MODE_U, MODE_VS, MODE_VU, MODE_N };

static void set_mode(struct hart *h, enum mode mode)
{
    static const u8 privs[] = {PRIV_M, PRIV_S, PRIV_U, PRIV_S, PRIV_U};
    hart_set_mode(h, (enum priv)privs[mode], mode >= MODE_VS);
}

/* Write in M-mode, whatever the mode is now. */
static inline void write_in_m(struct hart *h, unsigned number, u64 value)
{
    set_mode(h, MODE_M);
    csr_write(h, number, value);
}

static inline u64 peek(const struct hart *h, unsigned number)
{
    u64 value = 0;
    assert_true(csr_peek(h, number, &value));
    return value;
}

/* ---- which CSRs there are ---- */

/* Ranges of numbers: RV64 with F, Zicntr, Zihpm, S, H, Sstc, Smstateen and 16 PMP entries. The
 * trigger registers are optional; tselect reads as "no trigger" (debug spec 5.2). */
static const struct {
    u16 first, last;
} existing[] = {
    {0x001, 0x003},
    {0x011, 0x011},
    {0xc00, 0xc1f}, /* user */
    {0x100, 0x100},
    {0x104, 0x106},
    {0x10a, 0x10a},
    {0x10c, 0x10f}, /* supervisor */
    {0x140, 0x144},
    {0x14d, 0x14d},
    {0x180, 0x180},
    {0xda0, 0xda0},
    {0x200, 0x200},
    {0x204, 0x205},
    {0x240, 0x244},
    {0x24d, 0x24d},
    {0x280, 0x280}, /* VS */
    {0x600, 0x600},
    {0x602, 0x607},
    {0x60a, 0x60a},
    {0x60c, 0x60f}, /* hypervisor */
    {0x643, 0x645},
    {0x64a, 0x64a},
    {0x680, 0x680},
    {0xe12, 0xe12},
    {0x300, 0x306},
    {0x30a, 0x30a},
    {0x30c, 0x30f},
    {0x320, 0x322},
    {0x323, 0x33f}, /* machine */
    {0x340, 0x344},
    {0x34a, 0x34b},
    {0x3a0, 0x3a0},
    {0x3a2, 0x3a2},
    {0x3b0, 0x3bf},
    {0x747, 0x747},
    {0xb00, 0xb00},
    {0xb02, 0xb1f},
    {0xf11, 0xf15},
    {0x747, 0x747},
    {0x7a0, 0x7a2},
    {0x7a4, 0x7a4}, /* triggers */
};

/* Tables of the CSRs that the AIA adds, but for high halves (RV32 only). */
static inline bool is_of_aia(unsigned number)
{
    static const u16 numbers[] = {0x350, 0x351, 0x35c, 0xfb0, 0x308, 0x309, 0x150, 0x151, 0x15c,
                                  0xdb0, 0x608, 0x609, 0x646, 0x647, 0x250, 0x251, 0x25c, 0xeb0};
    for (unsigned k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        if (number == numbers[k]) return true;
    return false;
}

static inline bool exists(unsigned number)
{
    for (unsigned k = 0; k < sizeof existing / sizeof existing[0]; k++)
        if (number >= existing[k].first && number <= existing[k].last) return true;
    return false;
}

#endif
