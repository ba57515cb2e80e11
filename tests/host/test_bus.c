/* The device table: what may be registered, and which accesses reach a device. */
#include "platform/bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static u64 last_offset, last_value;

static u64 read_offset(void *state, u64 offset, unsigned size)
{
    (void)state, (void)size;
    return offset;
}

static void keep(void *state, u64 offset, unsigned size, u64 value)
{
    (void)state, (void)size;
    last_offset = offset;
    last_value = value;
}

static struct device device(u64 base, u64 size)
{
    return (struct device){
        .name = "d", .base = base, .size = size, .widths = 4, .read = read_offset, .write = keep};
}

static bool add(struct device_bus *bus, u64 base, u64 size)
{
    struct device d = device(base, size);
    return bus_add(bus, &d);
}

static void test_overlap_is_refused(void **state)
{
    (void)state;
    struct device_bus bus = {.count = 0};
    assert_true(add(&bus, 0x2000, 0x1000));
    assert_false(add(&bus, 0x2fff, 1));
    assert_false(add(&bus, 0x1000, 0x1001));
    assert_false(add(&bus, 0x2100, 0x10));
    assert_false(add(&bus, 0x0, 0x10000));
    assert_true(add(&bus, 0x1000, 0x1000));
    assert_true(add(&bus, 0x3000, 0x1000));
    assert_int_equal(bus.count, 3);
}

static void test_bad_ranges_are_refused(void **state)
{
    (void)state;
    struct device_bus bus = {.count = 0};
    assert_false(add(&bus, 0x1000, 0));
    assert_false(add(&bus, ~0ull - 10, 20));
    assert_true(add(&bus, ~0ull - 10, 11));
    for (u64 i = 1; i < DEVICES_MAX; i++) assert_true(add(&bus, i * 16, 16));
    assert_false(add(&bus, 0x10000, 16));
}

static void test_find(void **state)
{
    (void)state;
    struct device_bus bus = {.count = 0};
    add(&bus, 0x5000, 0x100);
    add(&bus, 0x1000, 0x100);
    add(&bus, 0x3000, 0x100);
    assert_int_equal(bus_find(&bus, 0x10ff)->base, 0x1000);
    assert_int_equal(bus_find(&bus, 0x3000)->base, 0x3000);
    assert_int_equal(bus_find(&bus, 0x5050)->base, 0x5000);
    assert_null(bus_find(&bus, 0xfff));
    assert_null(bus_find(&bus, 0x1100));
    assert_null(bus_find(&bus, 0x5100));
}

static void test_access(void **state)
{
    (void)state;
    struct device_bus bus = {.count = 0};
    u64 value = 99;
    add(&bus, 0x1000, 0x102);
    assert_true(bus_load(&bus, 0x1010, 4, &value));
    assert_int_equal(value, 0x10);
    assert_true(bus_store(&bus, 0x1020, 4, 0xabcd));
    assert_int_equal(last_offset, 0x20);
    assert_int_equal(last_value, 0xabcd);
    assert_false(bus_load(&bus, 0x1010, 8, &value));
    assert_false(bus_store(&bus, 0x1010, 1, 0));
    assert_false(bus_load(&bus, 0x1100, 4, &value)); /* only half of it is the device's */
    assert_false(bus_load(&bus, 0x2000, 4, &value));
    assert_int_equal(value, 0x10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlap_is_refused),
        cmocka_unit_test(test_bad_ranges_are_refused),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
