/* Sparse RAM: edges, chunk borders, sizes that no host has, zeroing. */
#include "platform/ram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define BASE 0x80000000ull
#define GIB  BIT(30)

static void test_edges(void **state)
{
    (void)state;
    struct ram *r = ram_new(BASE, 3 * PAGE_SIZE);
    assert_non_null(r);
    assert_null(ram_page(r, BASE - 1).host);
    assert_non_null(ram_page(r, BASE).host);
    assert_non_null(ram_page(r, BASE + 3 * PAGE_SIZE - 1).host);
    assert_null(ram_page(r, BASE + 3 * PAGE_SIZE).host);
    assert_null(ram_page(r, 0).host);
    assert_null(ram_page(r, ~0ull).host);
    assert_false(ram_exhausted(r));
    ram_free(r);
}

static void test_contains(void **state)
{
    (void)state;
    struct ram *r = ram_new(BASE, 2 * PAGE_SIZE);
    assert_true(ram_contains(r, BASE, 2 * PAGE_SIZE));
    assert_false(ram_contains(r, BASE, 2 * PAGE_SIZE + 1));
    assert_false(ram_contains(r, BASE - 1, 2));
    assert_false(ram_contains(r, BASE + 1, ~0ull));
    assert_true(ram_contains(r, BASE + 2 * PAGE_SIZE, 0));
    ram_free(r);
}

static void test_pages_stay(void **state)
{
    (void)state;
    struct ram *r = ram_new(BASE, 100 * GIB);
    struct ram_page first = ram_page(r, BASE + PAGE_SIZE);
    first.host[5] = 0x5a;
    *first.flags = PAGE_CODE;
    for (u64 i = 0; i < 100; i++) ram_page(r, BASE + i * GIB).host[0] = (u8)i;
    for (u64 i = 0; i < 100; i++) assert_int_equal(ram_page(r, BASE + i * GIB).host[0], i);
    struct ram_page again = ram_page(r, BASE + PAGE_SIZE + 0xfff);
    assert_ptr_equal(first.host, again.host);
    assert_ptr_equal(first.flags, again.flags);
    assert_int_equal(again.host[5], 0x5a);
    assert_int_equal(*again.flags, PAGE_CODE);
    assert_int_equal(*ram_page(r, BASE).flags, 0);
    ram_free(r);
}

static void test_huge(void **state)
{
    (void)state;
    struct ram *r = ram_new(BASE, BIT(63));
    assert_non_null(r);
    u64 last = BASE + BIT(63) - 8, value = 0x1122334455667788ull, back = 0;
    assert_true(ram_write(r, last, &value, 8));
    assert_true(ram_read(r, last, &back, 8));
    assert_int_equal(back, value);
    assert_false(ram_write(r, last + 1, &value, 8));
    ram_free(r);
}

static void test_copy_across_chunks(void **state)
{
    (void)state;
    static u8 out[3 * PAGE_SIZE], in[3 * PAGE_SIZE];
    struct ram *r = ram_new(BASE, 2 * GIB);
    for (size_t i = 0; i < sizeof out; i++) out[i] = (u8)(i * 7);
    u64 pa = BASE + GIB - PAGE_SIZE - 100;
    assert_true(ram_write(r, pa, out, sizeof out));
    assert_true(ram_read(r, pa, in, sizeof in));
    assert_memory_equal(in, out, sizeof in);
    assert_int_equal(ram_page(r, BASE + GIB).host[0], out[PAGE_SIZE + 100]);
    ram_free(r);
}

static void test_refused_write_writes_nothing(void **state)
{
    (void)state;
    static const u8 data[2 * PAGE_SIZE] = {1};
    struct ram *r = ram_new(BASE, 2 * PAGE_SIZE);
    assert_false(ram_write(r, BASE + PAGE_SIZE, data, sizeof data));
    assert_int_equal(ram_page(r, BASE + PAGE_SIZE).host[0], 0);
    ram_free(r);
}

static void test_zero(void **state)
{
    (void)state;
    static u8 data[4 * PAGE_SIZE];
    struct ram *r = ram_new(BASE, 2 * GIB);
    memset(data, 0xff, sizeof data);
    assert_true(ram_write(r, BASE, data, sizeof data));
    assert_true(ram_zero(r, BASE + 100, 2 * PAGE_SIZE));
    assert_true(ram_read(r, BASE, data, sizeof data));
    for (size_t i = 0; i < sizeof data; i++)
        assert_int_equal(data[i], i < 100 || i >= 100 + 2 * PAGE_SIZE ? 0xff : 0);
    assert_true(ram_zero(r, BASE, 2 * GIB));
    assert_false(ram_zero(r, BASE, 2 * GIB + 1));
    assert_int_equal(ram_page(r, BASE).host[0], 0);
    ram_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_pages_stay),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_copy_across_chunks),
        cmocka_unit_test(test_refused_write_writes_nothing),
        cmocka_unit_test(test_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
