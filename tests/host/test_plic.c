/* The PLIC against its specification: gateways, priorities, claim and complete, contexts. */
#include "platform/plic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { HARTS = 2, PENDING = 0x1000 };

static bool outputs[2 * HARTS];
static struct plic *plic;
static struct device device;

static void set_output(void *arg, unsigned context, bool level)
{
    (void)arg;
    outputs[context] = level;
}

static int setup(void **state)
{
    (void)state;
    struct irq_line lines[2 * HARTS];
    for (unsigned i = 0; i < 2 * HARTS; i++) {
        lines[i] = (struct irq_line){set_output, NULL, i, 0};
        outputs[i] = false;
    }
    plic = plic_new(HARTS, lines);
    device = plic_device(plic);
    return plic ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    plic_free(plic);
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

static u64 priority(unsigned source)
{
    return 4 * source;
}

static u64 enable(unsigned context, unsigned word)
{
    return 0x2000 + 0x80 * context + 4 * word;
}

static u64 threshold(unsigned context)
{
    return 0x200000 + 0x1000 * context;
}

static u64 claim(unsigned context)
{
    return threshold(context) + 4;
}

static void raise(unsigned source, bool level)
{
    struct irq_line line = plic_input(plic, source);
    irq_set(&line, level);
}

static void test_claim_and_complete(void **state)
{
    (void)state;
    put(priority(10), 1);
    put(enable(1, 0), 1 << 10);
    raise(10, true);
    assert_true(outputs[1]);
    assert_false(outputs[0]);
    assert_int_equal(get(PENDING), 1 << 10);
    assert_int_equal(get(claim(1)), 10);
    assert_false(outputs[1]);
    assert_int_equal(get(PENDING), 0);
    assert_int_equal(get(claim(1)), 0);
    put(claim(1), 10);
    assert_true(outputs[1]); /* the line is still high */
    assert_int_equal(get(claim(1)), 10);
    raise(10, false);
    put(claim(1), 10);
    assert_false(outputs[1]);
}

static void test_request_outlives_its_line(void **state)
{
    (void)state;
    put(priority(3), 1);
    put(enable(0, 0), 1 << 3);
    raise(3, true);
    raise(3, false);
    assert_true(outputs[0]);
    assert_int_equal(get(claim(0)), 3);
    put(claim(0), 3);
    assert_false(outputs[0]);
}

static void test_gateway_is_shut_until_completion(void **state)
{
    (void)state;
    put(priority(3), 1);
    put(enable(0, 0), 1 << 3);
    raise(3, true);
    get(claim(0));
    raise(3, false);
    raise(3, true);
    assert_int_equal(get(PENDING), 0);
    assert_false(outputs[0]);
    put(claim(0), 3);
    assert_true(outputs[0]);
}

static void test_priorities(void **state)
{
    (void)state;
    put(enable(0, 0), 1 << 5 | 1 << 6);
    put(enable(0, 1), 1 << 8 | 1 << 9);
    put(priority(5), 2);
    put(priority(6), 0);
    put(priority(40), 7);
    put(priority(41), 7);
    raise(5, true);
    raise(6, true);
    raise(41, true);
    raise(40, true);
    assert_int_equal(get(claim(0)), 40); /* the lower number of equals */
    assert_int_equal(get(claim(0)), 41);
    assert_int_equal(get(claim(0)), 5);
    assert_int_equal(get(claim(0)), 0); /* priority 0 never interrupts */
    assert_int_equal(get(PENDING), 1 << 6);
}

static void test_threshold(void **state)
{
    (void)state;
    put(priority(7), 3);
    put(enable(2, 0), 1 << 7);
    put(threshold(2), 3);
    raise(7, true);
    assert_false(outputs[2]);
    put(threshold(2), 2);
    assert_true(outputs[2]);
    put(threshold(2), 7);
    assert_false(outputs[2]);
    assert_int_equal(get(claim(2)), 7); /* a claim does not look at the threshold */
}

static void test_one_of_two_contexts_claims(void **state)
{
    (void)state;
    put(priority(7), 1);
    put(enable(1, 0), 1 << 7);
    put(enable(3, 0), 1 << 7);
    raise(7, true);
    assert_true(outputs[1] && outputs[3]);
    assert_int_equal(get(claim(3)), 7);
    assert_false(outputs[1] || outputs[3]);
    assert_int_equal(get(claim(1)), 0);
}

static void test_completion_needs_the_enable(void **state)
{
    (void)state;
    put(priority(7), 1);
    put(enable(1, 0), 1 << 7);
    raise(7, true);
    get(claim(1));
    put(claim(3), 7); /* not enabled there: ignored */
    assert_int_equal(get(PENDING), 0);
    put(claim(1), 200); /* no such source */
    put(claim(1), 7);
    assert_int_equal(get(PENDING), 1 << 7);
}

static void test_registers(void **state)
{
    (void)state;
    put(priority(0), 5);
    assert_int_equal(get(priority(0)), 0);
    put(priority(95), 0xffffffff);
    assert_int_equal(get(priority(95)), 7);
    put(priority(96), 1);
    assert_int_equal(get(priority(96)), 0);
    put(enable(0, 0), 0xffffffff);
    assert_int_equal(get(enable(0, 0)), 0xfffffffe);
    put(enable(0, 2), 0xffffffff);
    assert_int_equal(get(enable(0, 2)), 0xffffffff);
    put(enable(0, 3), 0xffffffff);
    assert_int_equal(get(enable(0, 3)), 0);
    put(PENDING, 0xffffffff);
    assert_int_equal(get(PENDING), 0);
    put(threshold(2 * HARTS), 1);
    assert_int_equal(get(threshold(2 * HARTS)), 0);
    assert_int_equal(get(claim(2 * HARTS)), 0);
    assert_int_equal(get(0x5ffffc), 0);
}

static void test_reset(void **state)
{
    (void)state;
    put(priority(7), 1);
    put(enable(1, 0), 1 << 7);
    raise(7, true);
    plic_reset(plic);
    assert_false(outputs[1]);
    assert_int_equal(get(priority(7)), 0);
    assert_int_equal(get(enable(1, 0)), 0);
    assert_int_equal(get(PENDING), 1 << 7); /* the line is still high */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_claim_and_complete),
        TEST(test_request_outlives_its_line),
        TEST(test_gateway_is_shut_until_completion),
        TEST(test_priorities),
        TEST(test_threshold),
        TEST(test_one_of_two_contexts_claims),
        TEST(test_completion_needs_the_enable),
        TEST(test_registers),
        TEST(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
