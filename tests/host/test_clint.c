/* The CLINT: software interrupts, timers, access widths, a clock that software moves. */
#include "platform/clint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { HARTS = 2, MTIMECMP = 0x4000, MTIME = 0xbff8 };

static bool software[HARTS], timer[HARTS];
static u64 now;
static unsigned replans;
static struct clint *clint;
static struct device device;

static void set_line(void *arg, unsigned number, bool level)
{
    bool *lines = arg;
    lines[number] = level;
}

static u64 read_now(void *arg)
{
    (void)arg;
    return now;
}

static void count_replan(void *arg)
{
    (void)arg;
    replans++;
}

static int setup(void **state)
{
    (void)state;
    struct irq_line s[HARTS], t[HARTS];
    const struct timebase timebase = {NULL, read_now, count_replan};
    for (unsigned i = 0; i < HARTS; i++) {
        s[i] = (struct irq_line){set_line, software, i, 0};
        t[i] = (struct irq_line){set_line, timer, i, 0};
        software[i] = timer[i] = false;
    }
    now = replans = 0;
    clint = clint_new(HARTS, &timebase, s, t);
    device = clint_device(clint);
    return clint ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    clint_free(clint);
    return 0;
}

static u64 get(u64 offset, unsigned size)
{
    return device.read(device.state, offset, size);
}

static void put(u64 offset, unsigned size, u64 value)
{
    device.write(device.state, offset, size, value);
}

static void test_software_interrupt(void **state)
{
    (void)state;
    put(4, 4, 0xffffffff);
    assert_true(software[1]);
    assert_false(software[0]);
    assert_int_equal(get(4, 4), 1); /* the other bits are hardwired to 0 */
    put(4, 4, 2);
    assert_false(software[1]);
    put(4 * HARTS, 4, 1);
    assert_int_equal(get(4 * HARTS, 4), 0);
}

static void test_timer(void **state)
{
    (void)state;
    assert_int_equal(clint_deadline(clint), NEVER);
    put(MTIMECMP, 8, 100);
    put(MTIMECMP + 8, 8, 50);
    assert_int_equal(replans, 2);
    assert_int_equal(clint_deadline(clint), 50);
    now = 49;
    clint_update(clint);
    assert_false(timer[0] || timer[1]);
    now = 50;
    clint_update(clint);
    assert_true(timer[1]);
    assert_false(timer[0]);
    assert_int_equal(clint_deadline(clint), 100);
    put(MTIMECMP + 8, 8, 51);
    assert_false(timer[1]); /* a later mtimecmp takes the interrupt back at once */
    put(MTIMECMP + 8, 8, 0);
    assert_true(timer[1]);
}

static void test_halves(void **state)
{
    (void)state;
    put(MTIMECMP + 8, 4, 0x11223344);
    put(MTIMECMP + 12, 4, 0x55667788);
    assert_int_equal(get(MTIMECMP + 8, 8), 0x5566778811223344ull);
    assert_int_equal(get(MTIMECMP + 12, 4), 0x55667788);
    assert_int_equal(get(MTIMECMP, 8), ~0ull);
    now = 0x123456789aull;
    assert_int_equal(get(MTIME, 8), 0x123456789aull);
    assert_int_equal(get(MTIME, 4), 0x3456789a);
    assert_int_equal(get(MTIME + 4, 4), 0x12);
}

static void test_mtime_is_writable(void **state)
{
    (void)state;
    now = 1000;
    put(MTIMECMP, 8, 600);
    assert_true(timer[0]);
    put(MTIME, 8, 500);
    assert_false(timer[0]);
    assert_int_equal(clint_time(clint), 500);
    assert_int_equal(clint_deadline(clint), 1100);
    now = 1100;
    clint_update(clint);
    assert_true(timer[0]);
    put(MTIME + 4, 4, 7);
    assert_int_equal(clint_time(clint), 7ull << 32 | 600);
    put(MTIME, 8, 0); /* mtime behind the timebase: the farthest timers are not near */
    put(MTIMECMP, 8, ~0ull - 1);
    assert_int_equal(clint_deadline(clint), NEVER);
}

/* Past the largest value mtime begins again at 0, and the comparison goes by what it then is. */
static void test_mtime_wraps(void **state)
{
    (void)state;
    now = 0;
    put(MTIME, 8, ~0ull - 9);
    put(MTIMECMP, 8, ~0ull);
    clint_update(clint);
    assert_false(timer[0]);
    now = 9;
    clint_update(clint);
    assert_int_equal(get(MTIME, 8), ~0ull);
    assert_true(timer[0]);
    now = 15;
    clint_update(clint);
    assert_int_equal(get(MTIME, 8), 5);
    assert_int_equal(clint_time(clint), 5);
    put(MTIMECMP + 8, 8, 5);
    assert_true(timer[1]);
    put(MTIMECMP, 8, 6);
    assert_false(timer[0]);
}

static void test_nothing_there(void **state)
{
    (void)state;
    put(0xbff0, 8, 1);
    put(0xc000, 8, 1);
    put(MTIMECMP + 8 * HARTS, 8, 1);
    assert_int_equal(get(0xbff0, 8), 0);
    assert_int_equal(get(0xc000, 4), 0);
    assert_int_equal(get(MTIMECMP + 8 * HARTS, 8), 0);
    assert_int_equal(clint_deadline(clint), NEVER);
}

static void test_reset(void **state)
{
    (void)state;
    put(0, 4, 1);
    put(MTIMECMP, 8, 0);
    clint_reset(clint);
    assert_false(software[0] || timer[0]);
    assert_int_equal(clint_deadline(clint), NEVER);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_software_interrupt),
        TEST(test_timer),
        TEST(test_halves),
        TEST(test_mtime_is_writable),
        TEST(test_mtime_wraps),
        TEST(test_nothing_there),
        TEST(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
