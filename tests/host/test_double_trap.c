/* What guest programs cannot show of Smdbltrp and Smrnmi: the state after reset, the critical-error
 * state, and the line of the resumable non-maskable interrupt (priv. spec 3.1.6.2, chapter Smrnmi),
 * in both tiers. */
#include "hart/csr.h"
#include "hart/trap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define MDT      BIT(42)
#define NMIE     BIT(3)
#define MNSTATUS 0x744
#define RAM      0x80000000ull
#define CODE     (RAM + 0x1000)
#define HANDLER  (RAM + 0x2000)

enum {
    NOP = 0x00000013,
    ILLEGAL = 0,
    WFI = 0x10500073,
    MNRET = 0x70200073,
    JR_A0 = 0x00050067,
    LD_A0_A0 = 0x00053503
};

/* ---- a machine of some pages ---- */

static struct isa isa;
static u8 ram[4][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))), flags[4];

static struct ram_page find_page(void *machine, u64 pa)
{
    (void)machine;
    u64 n = (pa - RAM) >> PAGE_SHIFT;
    if (pa < RAM || n >= 4) return (struct ram_page){NULL, NULL};
    return (struct ram_page){ram[n], &flags[n]};
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}
static void code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}

/* Reset, at CODE, where all is no-operations; mtvec is HANDLER. PMP lets less privileged modes
 * nowhere but to CODE's page. */
static struct hart *new_hart(const char *extensions, enum hart_tier tier)
{
    char text[80] = "rv64gch", error[200];
    assert_true(isa_parse(&isa, strcat(text, extensions), error, sizeof error));
    const struct bus bus = {.page = find_page, .code_page = code_page, .time = no_time};
    const struct hart_config config = {.isa = &isa, .tier = tier};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    memset(flags, 0, sizeof flags);
    for (unsigned page = 0; page < 4; page++)
        for (unsigned at = 0; at < PAGE_SIZE; at += 4) memcpy(&ram[page][at], &(u32){NOP}, 4);
    hart_reset(h, CODE);
    csr_write(h, 0x305, HANDLER);
    csr_write(h, 0x3b0, (CODE >> 2) | 0x1ff);
    csr_write(h, 0x3a0, 3 << 3 | 7);
    return h;
}

static void put(u64 pa, u32 word)
{
    memcpy(&ram[(pa - RAM) >> PAGE_SHIFT][pa & PAGE_OFFSET_MASK], &word, 4);
}

static enum hart_stop run(struct hart *h, u64 steps)
{
    u64 done;
    return hart_run(h, steps, &done);
}

static u64 peek(const struct hart *h, unsigned number)
{
    u64 value = 0;
    assert_true(csr_peek(h, number, &value));
    return value;
}

/* ---- reset, and what the default is ---- */

static void test_reset(void **state)
{
    (void)state;
    struct hart *h = new_hart("_smdbltrp_smrnmi", TIER_STEP);
    assert_int_equal(peek(h, 0x300) & MDT, MDT);
    assert_int_equal(peek(h, MNSTATUS) & NMIE, 0);
    csr_write(h, 0x300, 0);
    csr_write(h, MNSTATUS, NMIE);
    hart_reset(h, CODE);
    assert_int_equal(peek(h, 0x300) & MDT, MDT);
    assert_int_equal(peek(h, MNSTATUS) & NMIE, 0);
    hart_free(h);
}

static void test_by_name_only(void **state)
{
    (void)state;
    struct isa plain;
    isa_default(&plain);
    assert_false(isa_has(&plain, EXT_SMRNMI));
    assert_false(isa_has(&plain, EXT_SMDBLTRP));
    assert_null(strstr(isa_string(&plain), "smrnmi"));
    struct hart *h = new_hart("", TIER_STEP);
    u64 value;
    assert_int_equal(peek(h, 0x300) & MDT, 0);
    assert_false(csr_peek(h, MNSTATUS, &value));
    csr_write(h, 0x300, MDT);
    assert_int_equal(peek(h, 0x300) & MDT, 0);
    hart_rnmi(h, true);
    run(h, 5);
    assert_int_equal(h->pc, CODE + 20);
    hart_free(h);
}

/* ---- the critical-error state ---- */

/* No architectural state changes, pc included; interrupts, RNMIs among them, do not end it. */
static void check_critical(struct hart *h)
{
    csr_write(h, 0x341, 0x1234);
    csr_write(h, 0x342, 7);
    csr_write(h, 0x343, 0x99);
    csr_write(h, 0x304, BIT(3));
    u64 mstatus = peek(h, 0x300);
    put(CODE + 8, ILLEGAL);
    assert_int_equal(run(h, 100), STOP_CRITICAL);
    hart_line(h, LINE_MSI, true);
    hart_rnmi(h, true);
    assert_int_equal(run(h, 100), STOP_CRITICAL);
    assert_int_equal(h->pc, CODE + 8);
    assert_int_equal(h->priv, PRIV_M);
    assert_int_equal(peek(h, 0x341), 0x1234);
    assert_int_equal(peek(h, 0x342), 7);
    assert_int_equal(peek(h, 0x343), 0x99);
    assert_int_equal(peek(h, 0x300), mstatus);
    assert_int_equal(h->trap.cause, EXC_ILLEGAL);
    hart_reset(h, CODE + 12);
    assert_int_equal(run(h, 2), STOP_BUDGET);
    assert_int_equal(h->pc, CODE + 20);
    hart_free(h);
}

static void test_critical(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        check_critical(new_hart("_smdbltrp", tier));
        struct hart *h = new_hart("_smdbltrp_smrnmi", tier); /* NMIE is 0, MDT 1 */
        check_critical(h);
        h = new_hart("_smdbltrp_smrnmi", tier); /* NMIE alone is enough */
        csr_write(h, 0x300, 0);
        check_critical(h);
    }
}

/* A trap from below M-mode is no double trap for NMIE = 0; without Smdbltrp nothing is. */
static void test_not_critical(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        struct hart *h = new_hart("_smdbltrp_smrnmi", tier);
        csr_write(h, 0x300, 0);
        hart_set_mode(h, PRIV_U, false);
        put(CODE, ILLEGAL);
        assert_int_equal(run(h, 1), STOP_BUDGET);
        assert_int_equal(h->pc, HANDLER);
        assert_int_equal(peek(h, 0x300) & MDT, MDT);
        hart_free(h);
        h = new_hart("_smrnmi", tier);
        put(CODE, ILLEGAL);
        assert_int_equal(run(h, 1), STOP_BUDGET);
        assert_int_equal(h->pc, HANDLER); /* the RNMI exception handler is at mtvec's base */
        assert_int_equal(peek(h, 0x342), EXC_ILLEGAL);
        assert_int_equal(peek(h, MNSTATUS), 0);
        hart_free(h);
    }
}

/* ---- the interrupt ---- */

static void check_taken(struct hart *h, unsigned priv, bool virt, u64 pc, u64 more)
{
    assert_int_equal(h->pc, HANDLER + 256);
    assert_int_equal(h->priv, PRIV_M);
    assert_false(h->virt);
    assert_int_equal(peek(h, 0x741), pc);
    assert_int_equal(peek(h, 0x742), BIT(63));
    assert_int_equal(peek(h, MNSTATUS), (u64)priv << 11 | (virt ? BIT(7) : 0) | more);
}

/* From each mode, whatever MIE says, before any other interrupt; mstatus and the trap registers are
 * left alone. MNRET goes back, and the line, still high, comes again. */
static void check_rnmi(enum hart_tier tier, unsigned priv, bool virt)
{
    struct hart *h = new_hart("_smdbltrp_smrnmi", tier);
    csr_write(h, MNSTATUS, NMIE);
    csr_write(h, 0x304, BIT(3));
    csr_write(h, 0x341, 0x1234);
    put(HANDLER + 256, MNRET);
    hart_set_mode(h, (enum priv)priv, virt);
    run(h, 3);
    u64 mstatus = peek(h, 0x300);
    hart_line(h, LINE_MSI, true);
    hart_rnmi(h, true);
    assert_int_equal(run(h, 1), STOP_BUDGET);
    check_taken(h, priv, virt, CODE + 12, 0);
    assert_int_equal(peek(h, 0x300), mstatus);
    assert_int_equal(peek(h, 0x341), 0x1234);
    run(h, 1);
    assert_int_equal(h->priv, priv);
    assert_int_equal(h->virt, virt);
    assert_int_equal(h->pc, CODE + 12);
    assert_int_equal(peek(h, 0x300) & MDT, priv == PRIV_M ? MDT : 0);
    run(h, 1);
    check_taken(h, priv, virt, CODE + 12, 0);
    hart_line(h, LINE_MSI, false);
    hart_rnmi(h, false);
    run(h, 3);
    assert_int_equal(h->pc, CODE + 20);
    hart_free(h);
}

static void test_rnmi(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        check_rnmi(tier, PRIV_M, false);
        check_rnmi(tier, PRIV_S, false);
        check_rnmi(tier, PRIV_U, false);
        check_rnmi(tier, PRIV_S, true);
        check_rnmi(tier, PRIV_U, true);
    }
}

/* While NMIE is 0 nothing is taken. WFI is as if that were not so: what is pending ends it. */
static void test_masked(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        struct hart *h = new_hart("_smrnmi", tier);
        csr_write(h, 0x304, BIT(3));
        csr_write(h, 0x300, BIT(3));
        put(CODE + 8, WFI);
        assert_int_equal(run(h, 100), STOP_WAIT);
        assert_false(hart_wakes(h));
        hart_rnmi(h, true);
        assert_true(hart_wakes(h));
        run(h, 1);
        assert_int_equal(h->pc, CODE + 16);
        hart_line(h, LINE_MSI, true);
        run(h, 1);
        assert_int_equal(h->pc, CODE + 20);
        csr_write(h, MNSTATUS, NMIE);
        run(h, 1);
        check_taken(h, PRIV_M, false, CODE + 20, 0);
        hart_free(h);
    }
}

/* NMIE = 0 makes MPRV count as 0. */
static void test_mprv(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        struct hart *h = new_hart("_smrnmi", tier);
        csr_write(h, 0x300, BIT(17)); /* MPRV, MPP = U, which may not load from HANDLER */
        put(CODE, LD_A0_A0);
        h->x[10] = HANDLER;
        run(h, 1);
        assert_int_equal(h->pc, CODE + 4);
        csr_write(h, MNSTATUS, NMIE);
        h->x[10] = HANDLER;
        h->pc = CODE;
        run(h, 1);
        assert_int_equal(h->pc, HANDLER);
        assert_int_equal(peek(h, 0x342), EXC_LOAD_ACCESS);
        hart_free(h);
    }
}

/* Between an indirect jump and where it lands: MNPELP keeps what is expected, MNRET restores it
 * where landing pads are on (chapter Smrnmi with Zicfilp). */
static void check_landing(enum hart_tier tier, bool still_on)
{
    struct hart *h = new_hart("_smrnmi_zicfilp", tier);
    csr_write(h, MNSTATUS, NMIE);
    csr_write(h, 0x30a, BIT(2)); /* menvcfg.LPE */
    put(CODE, JR_A0);
    put(HANDLER + 256, MNRET);
    h->x[10] = CODE + 8;
    hart_set_mode(h, PRIV_S, false);
    run(h, 1);
    hart_rnmi(h, true);
    run(h, 1);
    check_taken(h, PRIV_S, false, CODE + 8, BIT(9));
    hart_rnmi(h, false);
    if (!still_on) csr_write(h, 0x30a, 0);
    run(h, 1);
    assert_int_equal(h->pc, CODE + 8);
    run(h, 1);
    assert_int_equal(h->pc, still_on ? HANDLER : CODE + 12);
    if (still_on) assert_int_equal(peek(h, 0x342), EXC_SOFTWARE_CHECK);
    hart_free(h);
}

static void test_landing(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_BLOCK; tier++) {
        check_landing(tier, true);
        check_landing(tier, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset),    cmocka_unit_test(test_by_name_only),
        cmocka_unit_test(test_critical), cmocka_unit_test(test_not_critical),
        cmocka_unit_test(test_rnmi),     cmocka_unit_test(test_masked),
        cmocka_unit_test(test_mprv),     cmocka_unit_test(test_landing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
