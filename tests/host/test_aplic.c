/* The APLIC against RISC-V AIA 1.0, "Advanced Platform-Level Interrupt Controller": domains and
 * delegation, source modes, pending bits, delivery by wire and by MSI; and the pages of the IMSICs.
 */
#include "platform/aplic.h"
#include "platform/imsic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { HARTS = 3, M = 0, S = 1 };
enum {
    DOMAINCFG = 0,
    SETIP = 0x1c00,
    SETIPNUM = 0x1cdc,
    IN_CLRIP = 0x1d00,
    CLRIPNUM = 0x1ddc,
    SETIE = 0x1e00,
    SETIENUM = 0x1edc,
    CLRIE = 0x1f00,
    CLRIENUM = 0x1fdc,
    SETIPNUM_LE = 0x2000,
    GENMSI = 0x3000,
    MMSIADDRCFG = 0x1bc0,
    MMSIADDRCFGH = 0x1bc4,
    SMSIADDRCFG = 0x1bc8,
    SMSIADDRCFGH = 0x1bcc
};
enum { INACTIVE = 0, DETACHED = 1, EDGE1 = 4, EDGE0 = 5, LEVEL1 = 6, LEVEL0 = 7, D = 1 << 10 };
enum { IE = 0x100, IDELIVERY = 0, IFORCE = 4, ITHRESHOLD = 8, TOPI = 0x18, CLAIMI = 0x1c };

static bool outputs[2 * HARTS];
static struct aplic *aplic;
static struct device domains[2];

static struct {
    u64 pa[8];
    u32 data[8];
    unsigned count;
} msis;

static void set_output(void *arg, unsigned n, bool level)
{
    (void)arg;
    outputs[n] = level;
}

static void write_msi(void *arg, u64 pa, u32 data)
{
    (void)arg;
    assert_true(msis.count < 8);
    msis.pa[msis.count] = pa;
    msis.data[msis.count++] = data;
}

static void begin(bool msi_mode)
{
    const struct msi_bus bus = {write_msi, NULL};
    struct irq_line lines[2 * HARTS];
    for (unsigned i = 0; i < 2 * HARTS; i++) {
        lines[i] = (struct irq_line){set_output, NULL, i, 0};
        outputs[i] = false;
    }
    msis.count = 0;
    aplic = aplic_new(HARTS, lines, msi_mode ? &bus : NULL);
    assert_non_null(aplic);
    domains[M] = aplic_m_device(aplic);
    domains[S] = aplic_s_device(aplic);
}

static void end(void)
{
    aplic_free(aplic);
}

static u32 get(unsigned domain, u64 offset)
{
    return (u32)domains[domain].read(domains[domain].state, offset, 4);
}

static void put(unsigned domain, u64 offset, u32 value)
{
    domains[domain].write(domains[domain].state, offset, 4, value);
}

static void wire(unsigned source, bool level)
{
    struct irq_line line = aplic_input(aplic, source);
    irq_set(&line, level);
}

static u64 sourcecfg(unsigned source)
{
    return 4 * source;
}
static u64 target(unsigned source)
{
    return 0x3000 + 4 * source;
}
static u64 idc(unsigned hart, unsigned offset)
{
    return 0x4000 + 32 * hart + offset;
}
static bool pending(unsigned domain, unsigned source)
{
    return get(domain, SETIP + 4 * (source / 32)) >> source % 32 & 1;
}

/* Give a source to the supervisor domain, in this mode and enabled. */
static void give(unsigned source, u32 mode)
{
    put(M, sourcecfg(source), D);
    put(S, sourcecfg(source), mode);
    put(S, SETIENUM, source);
}

/* ---- domains ---- */

static void test_domaincfg(void **state)
{
    (void)state;
    begin(false);
    assert_int_equal(get(M, DOMAINCFG), 0x80000000);
    put(M, DOMAINCFG, ~0u);
    assert_int_equal(get(M, DOMAINCFG), 0x80000100); /* direct mode, little-endian, for good */
    assert_int_equal(get(S, DOMAINCFG), 0x80000000);
    aplic_reset(aplic);
    assert_int_equal(get(M, DOMAINCFG), 0x80000000);
    end();
    begin(true);
    assert_int_equal(get(S, DOMAINCFG), 0x80000004);
    end();
}

/* What is not delegated does not exist for the child, and the child can delegate to nobody. */
static void test_delegation(void **state)
{
    (void)state;
    begin(false);
    put(S, sourcecfg(5), LEVEL1);
    assert_int_equal(get(S, sourcecfg(5)), 0);
    put(M, sourcecfg(5), D | LEVEL1);
    assert_int_equal(get(M, sourcecfg(5)), D); /* child 0 */
    assert_int_equal(get(S, sourcecfg(5)), 0);
    put(S, sourcecfg(5), EDGE1);
    assert_int_equal(get(S, sourcecfg(5)), EDGE1);
    put(S, SETIENUM, 5);
    put(S, SETIPNUM, 5);
    put(S, target(5), 1 << 18 | 7);
    assert_int_equal(get(S, SETIE) & get(S, SETIP), 1 << 5);
    assert_int_equal(get(M, SETIE) | get(M, SETIP) | get(M, target(5)), 0);
    put(S, sourcecfg(5), D | EDGE1);
    assert_int_equal(get(S, sourcecfg(5)), 0);
    assert_int_equal(get(S, SETIE) | get(S, SETIP) | get(S, target(5)), 0);
    put(S, sourcecfg(5), EDGE1);
    put(M, sourcecfg(5), EDGE1); /* taken back */
    assert_int_equal(get(S, sourcecfg(5)), 0);
    assert_int_equal(get(M, sourcecfg(5)), EDGE1);
    put(M, sourcecfg(97), EDGE1); /* there are 96 */
    put(M, sourcecfg(0), EDGE1);
    assert_int_equal(get(M, sourcecfg(97)), 0);
    assert_int_equal(get(M, sourcecfg(0)), 0x80000000); /* which is domaincfg */
    put(M, sourcecfg(96), LEVEL0);
    assert_int_equal(get(M, sourcecfg(96)), LEVEL0);
    put(M, sourcecfg(96), 2); /* reserved */
    assert_int_equal(get(M, sourcecfg(96)), INACTIVE);
    end();
}

static void test_bits_by_number_and_word(void **state)
{
    (void)state;
    begin(false);
    put(M, sourcecfg(33), DETACHED);
    put(M, sourcecfg(34), DETACHED);
    put(M, SETIE + 4, ~0u); /* inactive ones stay as they are */
    put(M, SETIP + 4, ~0u);
    assert_int_equal(get(M, SETIE + 4), 6);
    assert_int_equal(get(M, SETIP + 4), 6);
    assert_int_equal(get(M, CLRIE + 4) | get(M, SETIPNUM) | get(M, SETIENUM), 0);
    put(M, CLRIE + 4, 2);
    put(M, IN_CLRIP + 4, 4);
    assert_int_equal(get(M, SETIE + 4), 4);
    assert_int_equal(get(M, SETIP + 4), 2);
    put(M, CLRIENUM, 34);
    put(M, CLRIPNUM, 33);
    assert_int_equal(get(M, SETIE + 4) | get(M, SETIP + 4), 0);
    put(M, SETIENUM, 33);
    put(M, SETIPNUM_LE, 34);
    put(M, SETIPNUM, 35);
    put(M, SETIPNUM, 1000);
    assert_int_equal(get(M, SETIE + 4), 2);
    assert_int_equal(get(M, SETIP + 4), 4);
    end();
}

/* ---- "Precise effects on interrupt-pending bits" ---- */

static void test_edges(void **state)
{
    (void)state;
    for (unsigned msi = 0; msi < 2; msi++) {
        for (u32 mode = EDGE1; mode <= EDGE0; mode++) {
            bool high = mode == EDGE1;
            begin(msi);
            wire(3, !high);
            put(M, sourcecfg(3), mode);
            assert_false(pending(M, 3));
            assert_int_equal(get(M, IN_CLRIP), 0);
            wire(3, high);
            assert_true(pending(M, 3));
            assert_int_equal(get(M, IN_CLRIP), 8);
            wire(3, !high);
            assert_true(pending(M, 3));
            put(M, CLRIPNUM, 3);
            assert_false(pending(M, 3));
            put(M, SETIPNUM, 3);
            assert_true(pending(M, 3));
            end();
        }
    }
}

/* In direct mode, a copy of the input. */
static void test_levels_direct(void **state)
{
    (void)state;
    for (u32 mode = LEVEL1; mode <= LEVEL0; mode++) {
        bool high = mode == LEVEL1;
        begin(false);
        wire(3, !high);
        put(M, sourcecfg(3), mode);
        put(M, SETIPNUM, 3);
        assert_false(pending(M, 3));
        wire(3, high);
        assert_true(pending(M, 3));
        put(M, CLRIPNUM, 3);
        assert_true(pending(M, 3));
        wire(3, !high);
        assert_false(pending(M, 3));
        wire(3, high);
        put(M, sourcecfg(3), DETACHED);
        assert_int_equal(get(M, IN_CLRIP), 0);
        end();
    }
}

/* In MSI mode software may set it while the input is high, and clear it. */
static void test_levels_by_msi(void **state)
{
    (void)state;
    begin(true);
    put(M, sourcecfg(3), LEVEL1);
    put(M, SETIPNUM, 3);
    assert_false(pending(M, 3));
    wire(3, true);
    assert_true(pending(M, 3));
    put(M, CLRIPNUM, 3);
    assert_false(pending(M, 3));
    put(M, SETIPNUM, 3);
    assert_true(pending(M, 3));
    wire(3, false);
    assert_false(pending(M, 3));
    end();
}

/* ---- direct delivery ---- */

static void test_direct(void **state)
{
    (void)state;
    begin(false);
    give(10, LEVEL1);
    give(20, LEVEL1);
    give(30, EDGE1);
    put(S, target(10), 1 << 18 | 5);
    put(S, target(20), 1 << 18 | 4);
    put(S, target(30), 1 << 18 | 5);
    assert_int_equal(get(S, target(10)), 1 << 18 | 5);
    put(S, target(30), 1 << 18); /* priority 0 is none: it becomes 1 */
    assert_int_equal(get(S, target(30)), 1 << 18 | 1);
    put(S, target(30), 1 << 18 | 5);
    wire(10, true);
    wire(30, true);
    assert_int_equal(get(S, idc(1, TOPI)), 10 << 16 | 5); /* of equals, the lower number */
    assert_int_equal(get(S, idc(0, TOPI)), 0);
    assert_false(outputs[2 * 1 + S]);
    put(S, idc(1, IDELIVERY), 1);
    assert_false(outputs[2 * 1 + S]);
    put(S, DOMAINCFG, IE);
    assert_true(outputs[2 * 1 + S]);
    assert_false(outputs[2 * 1 + M]);
    wire(20, true);
    assert_int_equal(get(S, idc(1, CLAIMI)), 20 << 16 | 4);
    assert_int_equal(get(S, idc(1, CLAIMI)), 20 << 16 | 4); /* a level is not claimed away */
    wire(20, false);
    wire(10, false);
    assert_int_equal(get(S, idc(1, CLAIMI)), 30 << 16 | 5); /* an edge is */
    assert_int_equal(get(S, idc(1, CLAIMI)), 0);
    assert_false(outputs[2 * 1 + S]);
    wire(10, true);
    put(S, idc(1, ITHRESHOLD), 5); /* 5 and higher do not count */
    assert_int_equal(get(S, idc(1, TOPI)), 0);
    assert_false(outputs[2 * 1 + S]);
    put(S, idc(1, ITHRESHOLD), 6);
    assert_true(outputs[2 * 1 + S]);
    put(S, CLRIENUM, 10);
    assert_false(outputs[2 * 1 + S]);
    end();
}

static void test_force(void **state)
{
    (void)state;
    begin(false);
    put(M, idc(2, IFORCE), 1);
    put(M, idc(2, IDELIVERY), 1);
    assert_false(outputs[2 * 2 + M]);
    put(M, DOMAINCFG, IE);
    assert_true(outputs[2 * 2 + M]);
    assert_int_equal(get(M, idc(2, CLAIMI)), 0); /* spurious; and it ends the force */
    assert_int_equal(get(M, idc(2, IFORCE)), 0);
    assert_false(outputs[2 * 2 + M]);
    put(M, idc(HARTS, IDELIVERY), 1); /* no such hart */
    assert_int_equal(get(M, idc(HARTS, IDELIVERY)), 0);
    put(M, GENMSI, 5);
    assert_int_equal(get(M, GENMSI), 0);
    end();
}

/* ---- MSI delivery ---- */

/* The addresses of QEMU's board for 3 harts, with 4 pages a hart at S level. */
static void put_addresses(void)
{
    put(M, MMSIADDRCFG, 0x24000);
    put(M, MMSIADDRCFGH, 2 << 12); /* LHXW 2, LHXS 0 */
    put(M, SMSIADDRCFG, 0x28000);
    put(M, SMSIADDRCFGH, 2 << 20); /* LHXS 2 */
}

static void test_msi(void **state)
{
    (void)state;
    begin(true);
    put_addresses();
    give(10, LEVEL1);
    put(S, target(10), 2 << 18 | 3 << 12 | 77);
    assert_int_equal(get(S, target(10)), 2 << 18 | 3 << 12 | 77);
    wire(10, true);
    assert_int_equal(msis.count, 0);
    put(S, DOMAINCFG, IE);
    assert_int_equal(msis.count, 1);
    assert_int_equal(msis.pa[0], 0x28000000 + 2 * 0x4000 + 3 * 0x1000);
    assert_int_equal(msis.data[0], 77);
    assert_false(pending(S, 10)); /* it is forwarded, and ignored until the wire falls */
    put(S, CLRIENUM, 10);
    put(S, SETIENUM, 10);
    assert_int_equal(msis.count, 1);
    put(S, SETIPNUM, 10); /* unless the handler asks again */
    assert_int_equal(msis.count, 2);
    wire(10, false);
    wire(10, true);
    assert_int_equal(msis.count, 3);

    put(M, sourcecfg(11), EDGE1);
    put(M, target(11), 1 << 18 | 3 << 12 | 9); /* no guests at machine level */
    assert_int_equal(get(M, target(11)), 1 << 18 | 9);
    put(M, SETIENUM, 11);
    put(M, DOMAINCFG, IE);
    wire(11, true);
    assert_int_equal(msis.count, 4);
    assert_int_equal(msis.pa[3], 0x24001000);
    assert_int_equal(msis.data[3], 9);
    end();
}

/* Sent whatever IE says, and at once. */
static void test_genmsi(void **state)
{
    (void)state;
    begin(true);
    put_addresses();
    put(S, GENMSI, 1 << 18 | 1 << 12 | 200);
    assert_int_equal(msis.count, 1);
    assert_int_equal(msis.pa[0], 0x28004000);
    assert_int_equal(msis.data[0], 200);
    assert_int_equal(get(S, GENMSI), 1 << 18 | 200); /* not Busy */
    end();
}

/* Groups of harts: the formula with all its fields. */
static void test_groups(void **state)
{
    (void)state;
    begin(true);
    put(M, MMSIADDRCFG, 0x80000000);
    put(M, MMSIADDRCFGH, 2u << 24 | 1 << 20 | 3 << 16 | 4 << 12 | 0x123);
    put(M, GENMSI, (5u << 4 | 6) << 18 | 1);
    u64 ppn = 0x12380000000 | 5 << (2 + 12) | 6 << 1;
    assert_true(msis.pa[0] == ppn << 12);
    end();
}

static void test_lock(void **state)
{
    (void)state;
    begin(true);
    put_addresses();
    put(M, MMSIADDRCFGH, 1u << 31 | 2 << 12);
    put(M, MMSIADDRCFG, 0);
    put(M, MMSIADDRCFGH, 0);
    put(M, SMSIADDRCFG, 0);
    put(M, SMSIADDRCFGH, 0);
    assert_int_equal(get(M, MMSIADDRCFG), 0x24000);
    assert_int_equal(get(M, MMSIADDRCFGH), 1u << 31 | 2 << 12);
    assert_int_equal(get(M, SMSIADDRCFG), 0x28000);
    assert_int_equal(get(M, SMSIADDRCFGH), 2 << 20);
    put(S, MMSIADDRCFG, 1); /* machine-level domains only */
    assert_int_equal(get(S, MMSIADDRCFG), 0);
    end();
    begin(false); /* nothing forwards */
    put_addresses();
    assert_int_equal(get(M, MMSIADDRCFG) | get(M, SMSIADDRCFG) | get(M, MMSIADDRCFGH), 0);
    end();
}

/* ---- the IMSICs' pages ---- */

static struct {
    unsigned hart, file, count;
    u32 identity;
} sent;

static void send(void *arg, unsigned hart, unsigned file, u32 identity)
{
    (void)arg;
    sent.hart = hart;
    sent.file = file;
    sent.identity = identity;
    sent.count++;
}

static void test_pages(void **state)
{
    (void)state;
    struct imsic_pages pages = {
        .harts = HARTS, .guests = 2, .port = {send, NULL}
    };
    struct device m = imsic_m_device(&pages), s = imsic_s_device(&pages);
    sent.count = 0;
    assert_int_equal(m.base, 0x24000000);
    assert_int_equal(m.size, 0x3000);
    assert_int_equal(s.base, 0x28000000);
    assert_int_equal(s.size, 3 * 0x4000); /* S, G1, G2 and one that is empty */
    assert_int_equal(m.widths | s.widths, 4);
    m.write(m.state, 0x2000, 4, 9);
    assert_true(sent.hart == 2 && sent.file == 0 && sent.identity == 9);
    s.write(s.state, 0x4000, 4, 10);
    assert_true(sent.hart == 1 && sent.file == 1 && sent.identity == 10);
    s.write(s.state, 0x6004, 4, 0x0b000000); /* seteipnum_be */
    assert_true(sent.hart == 1 && sent.file == 3 && sent.identity == 11);
    imsic_pages_write(&pages, 0x28009000, 12);
    assert_true(sent.hart == 2 && sent.file == 2 && sent.identity == 12);
    imsic_pages_write(&pages, 0x24001000, 13);
    assert_true(sent.hart == 1 && sent.file == 0 && sent.identity == 13);
    assert_int_equal(sent.count, 5);
    s.write(s.state, 0x3000, 4, 1); /* no such guest */
    s.write(s.state, 8, 4, 1);      /* nothing there */
    imsic_pages_write(&pages, 0x80000000, 1);
    imsic_pages_write(&pages, 0x24003000, 1);
    imsic_pages_write(&pages, 0x2800c000, 1);
    assert_int_equal(sent.count, 5);
    assert_int_equal(m.read(m.state, 0, 4) | s.read(s.state, 0, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domaincfg),
        cmocka_unit_test(test_delegation),
        cmocka_unit_test(test_bits_by_number_and_word),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_levels_direct),
        cmocka_unit_test(test_levels_by_msi),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_msi),
        cmocka_unit_test(test_genmsi),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
