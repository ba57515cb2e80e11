/* What no guest program can see of a hart, or not without disturbing it: the state after reset,
 * that a delegated trap leaves M-mode's registers alone, SEIP under a line while software modifies
 * mip, and two harts with one memory (priv. spec 3.1.8, 3.1.9, 3.4, 12.1.11), in every tier. */
#include "hart/csr.h"
#include "hart/trap.h"
#include "mmu/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { PAGES = 16 };
#define RAM     0x80000000ull
#define DEVICE  0x10000000ull
#define CODE    RAM
#define HANDLER (RAM + 0x1000)

enum {
    NOP = 0x00000013,
    ILLEGAL = 0,
    LR_D = 0x1005b52f,       /* lr.d a0, (a1) */
    SC_D = 0x18c5b52f,       /* sc.d a0, a2, (a1) */
    LD = 0x0005b503,         /* ld a0, (a1) */
    SKIP = 0x0080006f,       /* j . + 8 */
    CSRRS_MIP = 0x3445a573,  /* csrrs a0, mip, a1 */
    CSRRC_MIP = 0x3445b573,  /* csrrc a0, mip, a1 */
    CSRRW_MIP = 0x34459573,  /* csrrw a0, mip, a1 */
    CSRRSI_MIP = 0x34416573, /* csrrsi a0, mip, 2 */
    MUL = 0x02b58533,        /* mul a0, a1, a1 */
    DIV = 0x02b5c533,        /* div a0, a1, a1 */
};
enum { A0 = 10, A1 = 11 };

/* ---- a machine of some pages ---- */

static struct isa all;
static u8 ram[PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))), flags[PAGES];

static struct ram_page find_page(void *machine, u64 pa)
{
    (void)machine;
    u64 n = (pa - RAM) >> PAGE_SHIFT;
    if (pa < RAM || n >= PAGES) return (struct ram_page){NULL, NULL};
    return (struct ram_page){ram[n], &flags[n]};
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}
/* A device of which every load is counted. */
static unsigned touched;

static bool load_device(void *machine, u64 pa, unsigned size, u64 *value)
{
    (void)machine;
    if (pa != DEVICE || size != 8) return false;
    *value = touched++;
    return true;
}
static void code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}

static void put(u64 pa, u64 value, unsigned size)
{
    memcpy(&ram[(pa - RAM) >> PAGE_SHIFT][pa & PAGE_OFFSET_MASK], &value, size);
}

/* Reset, at CODE, where all is no-operations; mtvec and stvec are HANDLER; PMP is open. */
static struct hart *new_hart(const struct isa *isa, enum hart_tier tier)
{
    const struct bus bus = {
        .page = find_page, .load = load_device, .code_page = code_page, .time = no_time};
    const struct hart_config config = {.isa = isa, .tier = tier, .geilen = 63};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    memset(flags, 0, sizeof flags);
    memset(ram, 0, sizeof ram);
    for (u64 at = 0; at < 2 * PAGE_SIZE; at += 4) put(RAM + at, NOP, 4);
    hart_reset(h, CODE);
    csr_write(h, 0x305, HANDLER);
    csr_write(h, 0x105, HANDLER);
    csr_write(h, 0x3b0, ~0ull);
    csr_write(h, 0x3a0, 3 << 3 | 7);
    return h;
}

static void run(struct hart *h, u64 steps)
{
    u64 done;
    assert_int_equal(hart_run(h, steps, &done), STOP_BUDGET);
}

/* One instruction at CODE. */
static u64 run_one(struct hart *h, u32 instruction, u64 a1)
{
    put(CODE, instruction, 4);
    hart_forget_code(h, CODE);
    h->pc = CODE;
    h->x[A1] = a1;
    run(h, 1);
    return h->x[A0];
}

static u64 peek(const struct hart *h, unsigned number)
{
    u64 value = 0;
    assert_true(csr_peek(h, number, &value));
    return value;
}

/* ---- reset ---- */

/* Everything that reset must undo. */
static void disturb(struct hart *h)
{
    u64 value;
    run_one(h, LR_D, RAM + 0x2000);
    csr_write(h, 0x747, 7); /* RLB can be set only while no entry is locked */
    for (unsigned number = 0; number < 0xc00; number++)
        if (csr_peek(h, number, &value)) csr_write(h, number, ~0ull);
    csr_write(h, 0x180, 8ull << 60);
    csr_write(h, 0x280, 8ull << 60);
    csr_write(h, 0x680, 8ull << 60);
    assert_true(peek(h, 0x3a0) >> 7 & 1);
    assert_int_equal(peek(h, 0x747) & 7, 7); /* MML, MMWP, RLB */
    hart_set_mode(h, PRIV_U, true);
}

static void check_reset(enum hart_tier tier)
{
    struct hart *h = new_hart(&all, tier);
    u64 misa = peek(h, 0x301);
    disturb(h);
    hart_reset(h, CODE + 8);
    assert_int_equal(h->pc, CODE + 8);
    assert_int_equal(h->priv, PRIV_M);
    assert_false(h->virt);
    assert_int_equal(peek(h, 0x300) & (STATUS_MIE | STATUS_MPRV | MASK(37, 36) | BIT(6)), 0);
    assert_int_equal(peek(h, 0x342), 0); /* mcause: there is one reset condition */
    assert_int_equal(peek(h, 0x301), misa);
    assert_int_equal(peek(h, 0x747), 0); /* MLPE, RLB, MMWP, MML; SSEED and USEED */
    assert_int_equal(peek(h, 0x3a0) & 0x9898989898989898, 0);
    assert_int_equal(peek(h, 0x3a2) & 0x9898989898989898, 0);
    assert_int_equal(peek(h, 0x280) >> 60, 0);
    assert_int_equal(peek(h, 0x680) >> 60, 0);
    assert_int_equal(run_one(h, SC_D, RAM + 0x2000), 1);
    hart_free(h);
}

static void test_reset(void **state)
{
    (void)state;
    check_reset(TIER_STEP);
    check_reset(TIER_BLOCK);
    check_reset(TIER_JIT);
}

/* What a CSR holds after reset it can hold: written back, it stays. (Those that move with each
 * instruction, or are read-only, apart.) */
static void test_reset_values_are_legal(void **state)
{
    (void)state;
    struct isa most = all;
    most.set |= ISA_SET(EXT_SMRNMI) | ISA_SET(EXT_SMDBLTRP);
    struct hart *h = new_hart(&most, TIER_STEP);
    unsigned seen = 0;
    disturb(h);
    hart_reset(h, CODE);
    for (unsigned number = 0; number < 0xb00; number++) {
        u64 value;
        if (!csr_peek(h, number, &value) || number <= 3) continue; /* these make FS dirty */
        csr_write(h, number, value);
        assert_int_equal(peek(h, number), value);
        seen++;
    }
    assert_true(seen > 100);
    hart_free(h);
}

/* ---- identity ---- */

/* Nobody's vendor, architecture and implementation; no configuration structure; the number that the
 * platform gave. */
static void test_identity(void **state)
{
    (void)state;
    static const u16 zeros[] = {0xf11, 0xf12, 0xf13, 0xf15};
    const struct bus bus = {.page = find_page, .time = no_time};
    for (u64 id = 0; id < 3; id++) {
        const struct hart_config config = {.id = id, .isa = &all};
        struct hart *h = hart_new(&config, &bus);
        assert_non_null(h);
        for (unsigned k = 0; k < 4; k++) assert_int_equal(peek(h, zeros[k]), 0);
        assert_int_equal(peek(h, 0xf14), id);
        hart_free(h);
    }
}

/* Zmmul's multiplications are there whatever misa.M says; M's divisions are not. */
static void test_zmmul(void **state)
{
    (void)state;
    struct isa isa;
    char error[200];
    assert_true(isa_parse(&isa, "rv64i_zmmul", error, sizeof error));
    struct hart *h = new_hart(&isa, TIER_STEP);
    assert_int_equal(peek(h, 0x301) >> ('m' - 'a') & 1, 0);
    assert_int_equal(run_one(h, MUL, 12), 144);
    run_one(h, DIV, 12);
    assert_int_equal(peek(h, 0x342), EXC_ILLEGAL);
    hart_free(h);
}

/* ---- delegation ---- */

static const u16 m_registers[] = {0x341, 0x342, 0x343, 0x34a, 0x34b};
enum { M_REGISTERS = sizeof m_registers / sizeof *m_registers };

static void mark_m(struct hart *h, u64 *marks)
{
    for (unsigned k = 0; k < M_REGISTERS; k++) {
        csr_write(h, m_registers[k], 0x123456 + 2 * k);
        marks[k] = peek(h, m_registers[k]);
        assert_int_not_equal(marks[k], 0);
    }
    csr_write(h, 0x300, STATUS_MPP | STATUS_MPIE | STATUS_SIE);
}

static void check_m(struct hart *h, const u64 *marks)
{
    for (unsigned k = 0; k < M_REGISTERS; k++) assert_int_equal(peek(h, m_registers[k]), marks[k]);
    assert_int_equal(peek(h, 0x300) & (STATUS_MPP | STATUS_MPIE), STATUS_MPP | STATUS_MPIE);
}

static void check_delegated(enum hart_tier tier, enum priv from, bool interrupt)
{
    u64 marks[M_REGISTERS];
    struct hart *h = new_hart(&all, tier);
    csr_write(h, 0x302, BIT(EXC_ILLEGAL));
    csr_write(h, 0x303, BIT(IRQ_SSI));
    csr_write(h, 0x304, BIT(IRQ_SSI));
    mark_m(h, marks);
    put(CODE + 4, interrupt ? NOP : ILLEGAL, 4);
    hart_set_mode(h, from, false);
    run(h, 1);
    if (interrupt) csr_write(h, 0x344, BIT(IRQ_SSI));
    run(h, 1);
    assert_int_equal(h->pc, HANDLER);
    assert_int_equal(h->priv, PRIV_S);
    assert_int_equal(peek(h, 0x141), CODE + 4);
    assert_int_equal(peek(h, 0x142), interrupt ? BIT(63) | IRQ_SSI : EXC_ILLEGAL);
    assert_int_equal(peek(h, 0x300) & (STATUS_SPP | STATUS_SPIE | STATUS_SIE),
                     STATUS_SPIE | (from == PRIV_S ? STATUS_SPP : 0));
    check_m(h, marks);
    hart_free(h);
}

static void test_delegated_traps_spare_m(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        check_delegated(tier, PRIV_U, false);
        check_delegated(tier, PRIV_S, false);
        check_delegated(tier, PRIV_U, true);
        check_delegated(tier, PRIV_S, true);
    }
}

/* ---- SEIP: software's bit, and the line ---- */

/* With the line high, SEIP reads 1; what CSRRS and CSRRC write back is software's bit alone. */
static void check_modify(enum hart_tier tier, u32 instruction, u64 operand, bool before, bool after)
{
    struct hart *h = new_hart(&all, tier);
    csr_write(h, 0x344, before ? MIP_SEIP : 0);
    hart_line(h, LINE_SEI, true);
    assert_int_equal(run_one(h, instruction, operand) & MIP_SEIP, MIP_SEIP);
    assert_int_equal(peek(h, 0x344) & MIP_SEIP, MIP_SEIP);
    hart_line(h, LINE_SEI, false);
    assert_int_equal(peek(h, 0x344) & MIP_SEIP, after ? MIP_SEIP : 0);
    hart_free(h);
}

static void test_seip_is_modified_without_the_line(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        check_modify(tier, CSRRS_MIP, MIP_SSIP, false, false);
        check_modify(tier, CSRRSI_MIP, 0, false, false);
        check_modify(tier, CSRRC_MIP, MIP_SSIP, false, false);
        check_modify(tier, CSRRS_MIP, MIP_SSIP, true, true);
        check_modify(tier, CSRRS_MIP, MIP_SEIP, false, true);
        check_modify(tier, CSRRC_MIP, MIP_SEIP, true, false);
        check_modify(tier, CSRRW_MIP, MIP_SEIP, false, true);
        check_modify(tier, CSRRW_MIP, 0, true, false);
    }
}

/* The line alone interrupts, where mideleg says. */
static void test_line_of_the_external_interrupt(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        for (unsigned delegated = 0; delegated < 2; delegated++) {
            struct hart *h = new_hart(&all, tier);
            csr_write(h, 0x303, delegated ? MIP_SEIP : 0);
            csr_write(h, 0x304, MIP_SEIP);
            hart_set_mode(h, PRIV_U, false);
            run(h, 3);
            assert_int_equal(h->pc, CODE + 12);
            hart_line(h, LINE_SEI, true);
            run(h, 1);
            assert_int_equal(h->pc, HANDLER);
            assert_int_equal(h->priv, delegated ? PRIV_S : PRIV_M);
            assert_int_equal(peek(h, delegated ? 0x142 : 0x342), BIT(63) | IRQ_SEI);
            hart_free(h);
        }
    }
}

/* ---- a device ---- */

/* It sees the accesses that the program makes, each once, and no other: not those behind a branch
 * that leads elsewhere, nor beyond an exception. */
static void test_device_is_touched_as_written(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        struct hart *h = new_hart(&all, tier);
        for (unsigned round = 1; round < 20; round++) {
            touched = 0;
            put(CODE, LD, 4);
            put(CODE + 4, SKIP, 4);
            put(CODE + 8, LD, 4); /* jumped over */
            put(CODE + 12, LD, 4);
            put(CODE + 16, ILLEGAL, 4);
            put(CODE + 20, LD, 4); /* not reached */
            h->pc = CODE;
            h->x[A1] = DEVICE;
            run(h, 4);
            assert_int_equal(h->pc, HANDLER);
            assert_int_equal(touched, 2);
        }
        hart_free(h);
    }
}

/* ---- two harts ---- */

/* An Sv39 space under ASID 7, whose root is page 4 + n of RAM: RAM where it is, and, or not, at
 * 1 GiB too. */
static u64 make_space(unsigned n, bool twice)
{
    u64 root = RAM + (4 + n) * PAGE_SIZE, leaf = RAM >> 2 | PTE_V | PTE_R | PTE_X | PTE_A;
    put(root + 8, twice ? leaf : 0, 8);
    put(root + 16, leaf, 8);
    return 8ull << 60 | 7ull << 44 | root >> 12;
}

static u64 load_at_1_gib(struct hart *h)
{
    hart_set_mode(h, PRIV_S, false);
    h->pc = CODE;
    h->x[A0] = 0;
    h->x[A1] = 0x40002000;
    run(h, 1);
    return h->x[A0];
}

/* An ASID is a hart's own: the same number stands for two spaces on two harts. */
static void test_asids_are_private(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        struct hart *one = new_hart(&all, tier), *two = new_hart(&all, tier);
        csr_write(one, 0x180, make_space(0, true));
        csr_write(two, 0x180, make_space(1, false));
        put(RAM + 0x2000, 0x1234, 8);
        put(CODE, LD, 4);
        for (unsigned round = 0; round < 3; round++) {
            assert_int_equal(load_at_1_gib(one), 0x1234);
            assert_int_equal(load_at_1_gib(two), 0);
            assert_int_equal(peek(two, 0x342), EXC_LOAD_PAGE);
        }
        hart_free(one);
        hart_free(two);
    }
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_reset_values_are_legal),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_zmmul),
        cmocka_unit_test(test_delegated_traps_spare_m),
        cmocka_unit_test(test_seip_is_modified_without_the_line),
        cmocka_unit_test(test_line_of_the_external_interrupt),
        cmocka_unit_test(test_device_is_touched_as_written),
        cmocka_unit_test(test_asids_are_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
