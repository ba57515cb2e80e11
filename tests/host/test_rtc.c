/* The real-time clock and the test finisher. */
#include "platform/finisher.h"
#include "platform/rtc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum {
    TIME_LOW = 0,
    TIME_HIGH = 4,
    ALARM_LOW = 8,
    ALARM_HIGH = 12,
    IRQ_ENABLED = 16,
    CLEAR_ALARM = 20,
    ALARM_STATUS = 24,
    CLEAR_INTERRUPT = 28,
};

#define EPOCH 0x1234567890ull

static u64 now;
static unsigned replans;
static bool irq;
static struct rtc *rtc;
static struct device device;

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

static void set_irq(void *arg, unsigned number, bool level)
{
    (void)arg, (void)number;
    irq = level;
}

static int setup(void **state)
{
    (void)state;
    const struct timebase timebase = {NULL, read_now, count_replan};
    now = replans = 0;
    irq = false;
    rtc = rtc_new(EPOCH, &timebase, (struct irq_line){set_irq, NULL, 0, 0});
    device = rtc_device(rtc);
    return rtc ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    rtc_free(rtc);
    return 0;
}

static u32 get(u64 offset)
{
    return (u32)device.read(device.state, offset, 4);
}

static void put(u64 offset, u32 value)
{
    device.write(device.state, offset, 4, value);
}

static u64 get_time(void)
{
    u64 low = get(TIME_LOW);
    return (u64)get(TIME_HIGH) << 32 | low;
}

static void put_alarm(u64 ns)
{
    put(ALARM_HIGH, (u32)(ns >> 32));
    put(ALARM_LOW, (u32)ns);
}

static void test_time(void **state)
{
    (void)state;
    assert_int_equal(get_time(), EPOCH);
    now = 10000000; /* one second */
    assert_int_equal(get_time(), EPOCH + 1000000000);
    put(TIME_HIGH, 0x11);
    put(TIME_LOW, 0x22);
    assert_int_equal(get_time(), 0x1100000022ull);
    now += 1;
    assert_int_equal(get_time(), 0x1100000022ull + 100);
}

static void test_high_half_is_latched(void **state)
{
    (void)state;
    put(TIME_HIGH, 1);
    put(TIME_LOW, 0xffffffff);
    assert_int_equal(get(TIME_LOW), 0xffffffff);
    now += 1;
    assert_int_equal(get(TIME_HIGH), 1);
    assert_int_equal(get(TIME_LOW), 99);
    assert_int_equal(get(TIME_HIGH), 2);
}

static void test_alarm(void **state)
{
    (void)state;
    assert_int_equal(rtc_deadline(rtc), NEVER);
    put(IRQ_ENABLED, 1);
    put_alarm(EPOCH + 250);
    assert_int_equal(replans, 1);
    assert_int_equal(get(ALARM_STATUS), 1);
    assert_int_equal(rtc_deadline(rtc), 3); /* 250 ns are between ticks 2 and 3 */
    now = 2;
    rtc_update(rtc);
    assert_false(irq);
    now = 3;
    rtc_update(rtc);
    assert_true(irq);
    assert_int_equal(get(ALARM_STATUS), 0);
    assert_int_equal(rtc_deadline(rtc), NEVER);
    put(CLEAR_INTERRUPT, 1);
    assert_false(irq);
}

static void test_alarm_variants(void **state)
{
    (void)state;
    put_alarm(EPOCH - 1); /* already past: at once, but masked */
    assert_false(irq);
    put(IRQ_ENABLED, 1);
    assert_true(irq);
    put(CLEAR_INTERRUPT, 1);
    put_alarm(EPOCH + 1000);
    put(CLEAR_ALARM, 1);
    now = 100;
    rtc_update(rtc);
    assert_false(irq);
    put_alarm(~0ull);
    put(TIME_HIGH, 0);
    put(TIME_LOW, 0); /* the clock now lies behind its epoch */
    put_alarm(1000);
    assert_int_equal(rtc_deadline(rtc), 110);
}

/* ---- finisher ---- */

static int status;
static unsigned resets;

static void finish(void *arg, int s)
{
    (void)arg;
    status = s;
}

static void count_reset(void *arg)
{
    (void)arg;
    resets++;
}

static void test_finisher(void **state)
{
    (void)state;
    struct finisher f = {NULL, finish, count_reset};
    struct device d = finisher_device(&f);
    status = -1;
    resets = 0;
    d.write(d.state, 0, 4, 0);
    d.write(d.state, 4, 4, 0x5555);
    assert_int_equal(status, -1);
    d.write(d.state, 0, 4, 0x5555);
    assert_int_equal(status, 0);
    d.write(d.state, 0, 4, 42 << 16 | 0x3333);
    assert_int_equal(status, 42);
    d.write(d.state, 0, 4, 0x3333);
    assert_int_equal(status, 1);
    d.write(d.state, 0, 4, 0x1003333);
    assert_int_equal(status, 255);
    d.write(d.state, 0, 2, 0x7777);
    assert_int_equal(resets, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_time),           TEST(test_high_half_is_latched), TEST(test_alarm),
        TEST(test_alarm_variants), cmocka_unit_test(test_finisher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
