/* The device tree: what software for QEMU's virt board looks for, and damaged input. */
#include "platform/fdt.h"
#include "hart/isa.h"
#include "platform/aplic.h"
#include "platform/clint.h"
#include "platform/finisher.h"
#include "platform/imsic.h"
#include "platform/plic.h"
#include "platform/rtc.h"
#include "platform/uart.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { HARTS = 3 };

static struct device_bus bus;
static struct isa isa;
static struct board_config config;
static struct clint *clint;
static struct plic *plic;
static struct uart *uart;
static struct rtc *rtc;
static struct finisher finisher;
static const struct irq_line unconnected[2 * HARTS];
static const struct timebase timebase;
static const struct uart_line line;

static int setup(void **state)
{
    (void)state;
    isa_default(&isa);
    config = (struct board_config){.harts = HARTS, .ram_size = BIT(31), .isa = &isa, .seed = 1};
    clint = clint_new(HARTS, &timebase, unconnected, unconnected);
    plic = plic_new(HARTS, unconnected);
    uart = uart_new(&line, plic_input(plic, UART_IRQ));
    rtc = rtc_new(0, &timebase, plic_input(plic, RTC_IRQ));
    const struct device devices[] = {clint_device(clint), plic_device(plic), uart_device(uart),
                                     rtc_device(rtc), finisher_device(&finisher)};
    for (size_t i = 0; i < 5; i++)
        if (!bus_add(&bus, &devices[i])) return -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clint_free(clint);
    plic_free(plic);
    uart_free(uart);
    rtc_free(rtc);
    return 0;
}

static const void *property(const void *fdt, const char *path, const char *name, int *size)
{
    int node = fdt_path_offset(fdt, path);
    assert_true(node >= 0);
    return fdt_getprop(fdt, node, name, size);
}

static u64 number(const void *fdt, const char *path, const char *name, unsigned cell,
                  unsigned cells)
{
    int size;
    const u8 *p = property(fdt, path, name, &size);
    assert_non_null(p);
    assert_true((unsigned)size >= 4 * (cell + cells));
    return cells == 2 ? fdt64_ld((const fdt64_t *)(const void *)(p + 4 * cell))
                      : fdt32_ld((const fdt32_t *)(const void *)(p + 4 * cell));
}

static void check_string(const void *fdt, const char *path, const char *name, const char *expected)
{
    int node = fdt_path_offset(fdt, path);
    assert_true(node >= 0);
    assert_true(fdt_stringlist_search(fdt, node, name, expected) >= 0);
}

static void check_reg(const void *fdt, const char *path, u64 base, u64 size)
{
    assert_int_equal(number(fdt, path, "reg", 0, 2), base);
    assert_int_equal(number(fdt, path, "reg", 2, 2), size);
}

static void test_hardware(void **state)
{
    (void)state;
    const struct board_boot boot = {.entry = RAM_BASE};
    void *fdt = fdt_build(&config, &bus, &boot);
    assert_non_null(fdt);
    assert_int_equal(fdt_check_full(fdt, fdt_totalsize(fdt)), 0);
    check_string(fdt, "/", "compatible", "riscv-virtio");
    check_reg(fdt, "/memory@80000000", 0x80000000, BIT(31));
    check_reg(fdt, "/soc/serial@10000000", 0x10000000, 0x100);
    check_string(fdt, "/soc/serial@10000000", "compatible", "ns16550a");
    assert_int_equal(number(fdt, "/soc/serial@10000000", "interrupts", 0, 1), 10);
    assert_int_equal(number(fdt, "/soc/serial@10000000", "clock-frequency", 0, 1), 3686400);
    check_reg(fdt, "/soc/clint@2000000", 0x2000000, 0x10000);
    check_string(fdt, "/soc/clint@2000000", "compatible", "sifive,clint0");
    check_reg(fdt, "/soc/plic@c000000", 0xc000000, 0x600000);
    check_string(fdt, "/soc/plic@c000000", "compatible", "sifive,plic-1.0.0");
    assert_int_equal(number(fdt, "/soc/plic@c000000", "riscv,ndev", 0, 1), 95);
    check_reg(fdt, "/soc/rtc@101000", 0x101000, 0x1000);
    assert_int_equal(number(fdt, "/soc/rtc@101000", "interrupts", 0, 1), 11);
    assert_int_equal(number(fdt, "/soc/rtc@101000", "interrupt-parent", 0, 1),
                     number(fdt, "/soc/plic@c000000", "phandle", 0, 1));
    check_string(fdt, "/soc/test@100000", "compatible", "syscon");
    assert_int_equal(number(fdt, "/poweroff", "value", 0, 1), 0x5555);
    assert_int_equal(number(fdt, "/reboot", "value", 0, 1), 0x7777);
    assert_int_equal(fdt_path_offset(fdt, "/htif"), -FDT_ERR_NOTFOUND);
    assert_int_equal(fdt_path_offset(fdt, "serial0"), fdt_path_offset(fdt, "/soc/serial@10000000"));
    free(fdt);
}

static void test_harts(void **state)
{
    (void)state;
    const struct board_boot boot = {.entry = RAM_BASE};
    void *fdt = fdt_build(&config, &bus, &boot);
    assert_non_null(fdt);
    assert_int_equal(number(fdt, "/cpus", "timebase-frequency", 0, 1), 10000000);
    check_string(fdt, "/cpus/cpu@2", "riscv,isa", isa_string(&isa));
    check_string(fdt, "/cpus/cpu@2", "mmu-type", "riscv,sv57");
    assert_int_equal(number(fdt, "/cpus/cpu@2", "riscv,cbom-block-size", 0, 1), 64);
    assert_int_equal(number(fdt, "/cpus/cpu@2", "riscv,cboz-block-size", 0, 1), 64);
    assert_int_equal(number(fdt, "/cpus/cpu@2", "reg", 0, 1), 2);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@3"), -FDT_ERR_NOTFOUND);
    u64 handle = number(fdt, "/cpus/cpu@2/interrupt-controller", "phandle", 0, 1);
    assert_int_equal(number(fdt, "/soc/plic@c000000", "interrupts-extended", 8, 1), handle);
    assert_int_equal(number(fdt, "/soc/plic@c000000", "interrupts-extended", 9, 1), 11);
    assert_int_equal(number(fdt, "/soc/plic@c000000", "interrupts-extended", 11, 1), 9);
    assert_int_equal(number(fdt, "/soc/clint@2000000", "interrupts-extended", 9, 1), 3);
    assert_int_equal(number(fdt, "/soc/clint@2000000", "interrupts-extended", 11, 1), 7);
    free(fdt);
}

/* OpenSBI's binding (docs/pmu_support.md there), the SBI's numbers of events: 1 cycles, 2
 * instructions; counters 3 to 31. */
static void test_pmu(void **state)
{
    (void)state;
    static const u32 events[] = {1, 0, 1, 2, 0, 2}, counters[] = {1, 2, 0xfffffff8};
    const struct board_boot boot = {.entry = RAM_BASE};
    void *fdt = fdt_build(&config, &bus, &boot);
    assert_non_null(fdt);
    check_string(fdt, "/pmu", "compatible", "riscv,pmu");
    for (unsigned k = 0; k < 6; k++)
        assert_int_equal(number(fdt, "/pmu", "riscv,event-to-mhpmevent", k, 1), events[k]);
    for (unsigned k = 0; k < 3; k++)
        assert_int_equal(number(fdt, "/pmu", "riscv,event-to-mhpmcounters", k, 1), counters[k]);
    free(fdt);
}

static void check_mmu_type(u16 satp_cut, const char *expected)
{
    const struct board_boot boot = {.entry = RAM_BASE};
    struct board_config less = config;
    less.hart.satp_cut = satp_cut;
    void *fdt = fdt_build(&less, &bus, &boot);
    assert_non_null(fdt);
    check_string(fdt, "/cpus/cpu@1", "mmu-type", expected);
    free(fdt);
}

/* MODE 8 is Sv39, 9 Sv48, 10 Sv57 (12.1.11). */
static void test_mmu_type(void **state)
{
    (void)state;
    check_mmu_type(0, "riscv,sv57");
    check_mmu_type(BIT(10), "riscv,sv48");
    check_mmu_type(BIT(10) | BIT(9), "riscv,sv39");
    check_mmu_type(BIT(10) | BIT(9) | BIT(8), "riscv,none");
}

static void test_chosen(void **state)
{
    (void)state;
    const struct board_guest guests[] = {
        {.name = "a",
         .append = "quiet",
         .kernel = 0x84000000,
         .kernel_size = 0x1234,
         .initrd = 0x85000000,
         .initrd_size = 0x777,
         .memory_size = 0x123456789000,
         .vcpus = 2},
        {.name = "b", .kernel = 0x86000000,        .kernel_size = 8,         .memory_size = BIT(27), .vcpus = 1},
    };
    const struct board_boot boot = {.entry = RAM_BASE,
                                    .bootargs = "console=ttyS0",
                                    .initrd_start = 0x88000000,
                                    .initrd_end = 0x88000100,
                                    .guests = guests,
                                    .guest_count = 2};
    void *fdt = fdt_build(&config, &bus, &boot);
    assert_non_null(fdt);
    check_string(fdt, "/chosen", "bootargs", "console=ttyS0");
    check_string(fdt, "/chosen", "stdout-path", "/soc/serial@10000000");
    assert_int_equal(number(fdt, "/chosen", "linux,initrd-start", 0, 2), 0x88000000);
    assert_int_equal(number(fdt, "/chosen", "linux,initrd-end", 0, 2), 0x88000100);
    assert_int_equal(number(fdt, "/chosen", "#address-cells", 0, 1), 2);

    check_reg(fdt, "/chosen/module@84000000", 0x84000000, 0x1234);
    check_string(fdt, "/chosen/module@84000000", "compatible", "multiboot,kernel");
    check_string(fdt, "/chosen/module@84000000", "compatible", "multiboot,module");
    check_string(fdt, "/chosen/module@84000000", "bootargs", "quiet");
    check_string(fdt, "/chosen/module@84000000", "vhart,name", "a");
    assert_int_equal(number(fdt, "/chosen/module@84000000", "vhart,memory-size", 0, 2),
                     0x123456789000);
    assert_int_equal(number(fdt, "/chosen/module@84000000", "vhart,vcpus", 0, 1), 2);
    check_reg(fdt, "/chosen/module@85000000", 0x85000000, 0x777);
    check_string(fdt, "/chosen/module@85000000", "compatible", "multiboot,ramdisk");
    check_reg(fdt, "/chosen/module@86000000", 0x86000000, 8);
    assert_null(property(fdt, "/chosen/module@86000000", "bootargs", NULL));
    int first = fdt_first_subnode(fdt, fdt_path_offset(fdt, "/chosen"));
    assert_string_equal(fdt_get_name(fdt, first, NULL), "module@84000000");
    free(fdt);
}

static void test_seed(void **state)
{
    (void)state;
    const struct board_boot boot = {.entry = RAM_BASE};
    struct board_config other = config;
    other.seed = 2;
    void *a = fdt_build(&config, &bus, &boot), *b = fdt_build(&config, &bus, &boot),
         *c = fdt_build(&other, &bus, &boot);
    int size;
    const void *seed = property(a, "/chosen", "rng-seed", &size);
    assert_int_equal(size, 32);
    assert_memory_equal(seed, property(b, "/chosen", "rng-seed", NULL), 32);
    assert_memory_not_equal(seed, property(c, "/chosen", "rng-seed", NULL), 32);
    free(a);
    free(b);
    free(c);
}

static u64 handle_of(const void *fdt, const char *path)
{
    return number(fdt, path, "phandle", 0, 1);
}

/* An APLIC and IMSICs, by Linux's bindings riscv,aplic.yaml and riscv,imsics.yaml, at the addresses
 * of QEMU's board with aia=aplic-imsic,aia-guests=2. */
static void test_aia(void **state)
{
    (void)state;
    static const char aplic_m[] = "/soc/aplic@c000000", aplic_s[] = "/soc/aplic@d000000",
                      imsic_m[] = "/soc/imsics@24000000", imsic_s[] = "/soc/imsics@28000000",
                      serial[] = "/soc/serial@10000000";
    const struct board_boot boot = {.entry = RAM_BASE};
    const struct msi_bus msi = {NULL, NULL};
    struct imsic_pages pages = {.harts = HARTS, .guests = 2};
    struct aplic *aplic = aplic_new(HARTS, NULL, &msi);
    struct uart *port = uart_new(&line, aplic_input(aplic, UART_IRQ));
    const struct device devices[] = {aplic_m_device(aplic), aplic_s_device(aplic),
                                     imsic_m_device(&pages), imsic_s_device(&pages),
                                     uart_device(port)};
    struct device_bus other = {.count = 0};
    for (size_t i = 0; i < 5; i++) assert_true(bus_add(&other, &devices[i]));
    void *fdt = fdt_build(&config, &other, &boot);
    assert_non_null(fdt);
    check_reg(fdt, aplic_m, 0xc000000, 0x8000);
    check_reg(fdt, aplic_s, 0xd000000, 0x8000);
    check_reg(fdt, imsic_m, 0x24000000, HARTS * 0x1000);
    check_reg(fdt, imsic_s, 0x28000000, HARTS * 0x4000);
    check_string(fdt, aplic_s, "compatible", "riscv,aplic");
    check_string(fdt, imsic_s, "compatible", "riscv,imsics");
    assert_int_equal(number(fdt, aplic_s, "riscv,num-sources", 0, 1), 96);
    assert_int_equal(number(fdt, aplic_m, "msi-parent", 0, 1), handle_of(fdt, imsic_m));
    assert_int_equal(number(fdt, aplic_s, "msi-parent", 0, 1), handle_of(fdt, imsic_s));
    assert_int_equal(number(fdt, aplic_m, "riscv,children", 0, 1), handle_of(fdt, aplic_s));
    assert_int_equal(number(fdt, aplic_m, "riscv,delegation", 0, 1), handle_of(fdt, aplic_s));
    assert_int_equal(number(fdt, aplic_m, "riscv,delegation", 2, 1), 96);
    assert_int_equal(number(fdt, imsic_s, "riscv,num-ids", 0, 1), 255);
    assert_int_equal(number(fdt, imsic_s, "riscv,guest-index-bits", 0, 1), 2);
    u64 hart = handle_of(fdt, "/cpus/cpu@2/interrupt-controller");
    assert_int_equal(number(fdt, imsic_m, "interrupts-extended", 4, 1), hart);
    assert_int_equal(number(fdt, imsic_m, "interrupts-extended", 5, 1), 11);
    assert_int_equal(number(fdt, imsic_s, "interrupts-extended", 5, 1), 9);
    assert_int_equal(number(fdt, serial, "interrupt-parent", 0, 1), handle_of(fdt, aplic_s));
    assert_int_equal(number(fdt, serial, "interrupts", 0, 1), 10);
    assert_int_equal(number(fdt, serial, "interrupts", 1, 1), 4); /* level, high */
    free(fdt);
    uart_free(port);
    aplic_free(aplic);
}

static void test_most_harts(void **state)
{
    (void)state;
    struct board_config many = config;
    const struct board_boot boot = {.entry = RAM_BASE};
    many.harts = BOARD_HARTS_MAX;
    many.htif = true;
    void *fdt = fdt_build(&many, &bus, &boot);
    assert_non_null(fdt);
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@1ff") >= 0);
    check_string(fdt, "/htif", "compatible", "ucb,htif0");
    free(fdt);
}

static void test_given_tree(void **state)
{
    (void)state;
    struct board_boot boot = {.entry = RAM_BASE};
    struct board_config two = config;
    two.harts = 2;
    void *own = fdt_build(&two, &bus, &boot);
    boot.dtb = own;
    boot.dtb_size = fdt_totalsize(own);
    boot.bootargs = "from the command line";
    void *fdt = fdt_build(&config, &bus, &boot);
    assert_non_null(fdt);
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@1") >= 0);
    assert_int_equal(fdt_path_offset(fdt, "/cpus/cpu@2"), -FDT_ERR_NOTFOUND);
    check_string(fdt, "/chosen", "bootargs", "from the command line");
    free(fdt);
    free(own);
}

static void test_damaged_tree(void **state)
{
    (void)state;
    struct board_boot boot = {.entry = RAM_BASE};
    void *own = fdt_build(&config, &bus, &boot);
    size_t size = fdt_totalsize(own);
    boot.dtb = own;
    for (boot.dtb_size = 0; boot.dtb_size < size; boot.dtb_size += size / 5)
        assert_null(fdt_build(&config, &bus, &boot));
    boot.dtb_size = size;
    memset((u8 *)own + fdt_off_dt_struct(own), 0xee, 64);
    assert_null(fdt_build(&config, &bus, &boot));
    free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hardware),   cmocka_unit_test(test_harts),
        cmocka_unit_test(test_mmu_type),   cmocka_unit_test(test_pmu),
        cmocka_unit_test(test_chosen),     cmocka_unit_test(test_seed),
        cmocka_unit_test(test_aia),        cmocka_unit_test(test_most_harts),
        cmocka_unit_test(test_given_tree), cmocka_unit_test(test_damaged_tree),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
