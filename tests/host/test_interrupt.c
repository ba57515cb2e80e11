/* Interrupts of a whole hart, guest external ones among them, which no guest program can raise:
 * which one is taken, where to, and as which cause (priv. spec 3.1.9; hypervisor chapter,
 * "Hypervisor Interrupt Registers", "Hypervisor Guest External Interrupt Registers", "Trap Cause
 * Codes"). */
#include "hart/csr.h"
#include "hart/interrupt.h"
#include "hart/isa.h"
#include "hart/state.h"
#include "hart/step.h"
#include "hart/trap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- a hart with nothing around it but a clock that stands ---- */

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

enum mode { MODE_M, MODE_HS, MODE_U, MODE_VS, MODE_VU, MODE_N };

static void set_mode(struct hart *h, enum mode mode)
{
    static const u8 privs[] = {PRIV_M, PRIV_S, PRIV_U, PRIV_S, PRIV_U};
    hart_set_mode(h, (enum priv)privs[mode], mode >= MODE_VS);
}

static void write_in_m(struct hart *h, unsigned number, u64 value)
{
    set_mode(h, MODE_M);
    csr_write(h, number, value);
}

/* ---- the interrupts ---- */

enum { SSI = 1, VSSI, MSI, STI = 5, VSTI, MTI, SEI = 9, VSEI, MEI, SGEI };

/* One level takes them in this order. */
static const u8 order[] = {MEI, MSI, MTI, SEI, SSI, STI, SGEI, VSEI, VSSI, VSTI};

enum { LINE = 17, BASE_M = 0x1000, BASE_HS = 0x2000, BASE_VS = 0x3000 };

static u64 set_of(unsigned n)
{
    u64 set = 0;
    for (unsigned k = 0; k < sizeof order; k++) set |= (u64)(n >> k & 1) << order[k];
    return set;
}

/* SGEI comes from a line that hgeie enables; VSEI from hvip. */
static void raise_set(struct hart *h, u64 set)
{
    hart_line(h, LINE_MSI, set >> MSI & 1);
    hart_line(h, LINE_MTI, set >> MTI & 1);
    hart_line(h, LINE_MEI, set >> MEI & 1);
    hart_guest_line(h, LINE, set >> SGEI & 1);
    write_in_m(h, 0x344, set & (BIT(SSI) | BIT(STI) | BIT(SEI)));
    write_in_m(h, 0x645, set & (BIT(VSSI) | BIT(VSTI) | BIT(VSEI)));
}

/* In VS with every interrupt on, the most privileged level comes first, then the order. */
static int model(u64 pending, u64 mideleg, u64 hideleg, unsigned *level)
{
    const u64 hs_own = BIT(SGEI), vs = BIT(VSSI) | BIT(VSTI) | BIT(VSEI);
    const u64 to_hs_or_vs = (mideleg & (BIT(SSI) | BIT(STI) | BIT(SEI))) | hs_own | vs;
    const u64 to_vs = hideleg & vs;
    const u64 sets[] = {pending & ~to_hs_or_vs, pending & to_hs_or_vs & ~to_vs, pending & to_vs};
    for (*level = 0; *level < 3; (*level)++)
        for (unsigned k = 0; k < sizeof order; k++)
            if (sets[*level] >> order[k] & 1) return order[k];
    return -1;
}

static struct hart *open_hart(void)
{
    const struct bus bus = {.page = no_page, .time = standing_time};
    const struct hart_config config = {.isa = &all, .geilen = 63};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    hart_guest_line(h, LINE + 1, true); /* which nobody asked for */
    write_in_m(h, 0x305, BASE_M);
    write_in_m(h, 0x105, BASE_HS);
    write_in_m(h, 0x205, BASE_VS);
    write_in_m(h, 0x304, ~0ull);
    write_in_m(h, 0x607, BIT(LINE));
    return h;
}

/* Take it, and look at cause and handler of the level. */
static void check_taken(struct hart *h, struct taken_interrupt i, unsigned level)
{
    static const u16 causes[] = {0x342, 0x142, 0x242};
    static const u64 bases[] = {BASE_M, BASE_HS, BASE_VS};
    step_interrupt(h, i);
    assert_int_equal(h->pc, bases[level]);
    u64 cause = 0;
    assert_true(csr_peek(h, causes[level], &cause));
    assert_int_equal(cause, BIT(63) | (unsigned)i.cause);
}

static void test_every_set_in_order(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    for (unsigned n = 0; n < 1u << sizeof order; n++) {
        for (unsigned d = 0; d < 4; d++) {
            unsigned level;
            u64 mideleg = d & 1 ? ~0ull : 0, hideleg = d & 2 ? ~0ull : 0, set = set_of(n);
            write_in_m(h, 0x303, mideleg);
            write_in_m(h, 0x603, hideleg);
            write_in_m(h, 0x200, STATUS_SIE);
            raise_set(h, set);
            set_mode(h, MODE_VS);
            int expected = model(set, mideleg, hideleg, &level);
            struct taken_interrupt i = interrupt_to_take(h);
            assert_int_equal(i.cause, level == 2 ? expected - 1 : expected);
            if (expected >= 0) check_taken(h, i, level);
        }
    }
    hart_free(h);
}

/* A guest external interrupt goes to HS: from U, VS and VU always, from HS with SIE, from M never;
 * hie.SGEIE and hgeie both enable it. */
static void test_guest_external_interrupt(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 8; bits++) {
        bool hgeie = bits & 1, sgeie = bits & 2, sie = bits & 4;
        struct hart *h = open_hart();
        write_in_m(h, 0x607, hgeie ? BIT(LINE) : BIT(LINE - 1));
        write_in_m(h, 0x604, sgeie ? BIT(SGEI) : 0);
        write_in_m(h, 0x300, STATUS_MIE | (sie ? STATUS_SIE : 0));
        hart_guest_line(h, LINE, true);
        for (unsigned mode = 0; mode < MODE_N; mode++) {
            bool open = mode != MODE_M && (mode != MODE_HS || sie);
            set_mode(h, (enum mode)mode);
            assert_int_equal(interrupt_to_take(h).cause, hgeie && sgeie && open ? SGEI : -1);
        }
        hart_free(h);
    }
}

/* VGEIN makes the line the guest's VSEI, whatever hgeie says, and hideleg passes it on. */
static void test_line_chosen_by_vgein(void **state)
{
    (void)state;
    struct hart *h = open_hart();
    write_in_m(h, 0x607, 0);
    write_in_m(h, 0x603, BIT(VSEI));
    hart_guest_line(h, LINE, true);
    for (unsigned vgein = 0; vgein < 64; vgein++) {
        write_in_m(h, 0x600, (u64)vgein << 12);
        set_mode(h, MODE_VU);
        assert_int_equal(interrupt_to_take(h).cause, vgein == LINE || vgein == LINE + 1 ? SEI : -1);
    }
    write_in_m(h, 0x600, (u64)LINE << 12);
    set_mode(h, MODE_VU);
    check_taken(h, interrupt_to_take(h), 2);
    hart_free(h);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_set_in_order),
        cmocka_unit_test(test_guest_external_interrupt),
        cmocka_unit_test(test_line_chosen_by_vgein),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
