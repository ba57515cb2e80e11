/* The 16550: what its data sheet says of registers, FIFO and interrupts; what Linux looks at. */
#include "platform/uart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

static char sent[64], returned[64];
static size_t sent_count, returned_count;
static bool irq;
static struct uart *uart;
static struct device device;

static void put_byte(void *arg, u8 byte)
{
    (void)arg;
    sent[sent_count++] = (char)byte;
}

static void unget_byte(void *arg, u8 byte)
{
    (void)arg;
    returned[returned_count++] = (char)byte;
}

static void set_irq(void *arg, unsigned number, bool level)
{
    (void)arg, (void)number;
    irq = level;
}

static int setup(void **state)
{
    (void)state;
    const struct uart_line line = {NULL, put_byte, unget_byte};
    sent_count = returned_count = 0;
    irq = false;
    uart = uart_new(&line, (struct irq_line){set_irq, NULL, 0, 0});
    device = uart_device(uart);
    return uart ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    uart_free(uart);
    return 0;
}

static unsigned get(u64 offset)
{
    return (unsigned)device.read(device.state, offset, 1);
}

static void put(u64 offset, unsigned value)
{
    device.write(device.state, offset, 1, value);
}

static void receive(const char *text)
{
    for (; *text; text++) uart_receive(uart, (u8)*text);
}

static void test_send(void **state)
{
    (void)state;
    assert_int_equal(get(LSR), 0x60);
    put(DATA, 'h');
    put(DATA, 'i');
    assert_int_equal(get(LSR), 0x60);
    assert_int_equal(sent_count, 2);
    assert_memory_equal(sent, "hi", 2);
}

static void test_receive(void **state)
{
    (void)state;
    put(FCR, 1);
    receive("ab");
    assert_int_equal(get(LSR), 0x61);
    assert_int_equal(get(DATA), 'a');
    assert_int_equal(get(DATA), 'b');
    assert_int_equal(get(LSR), 0x60);
    assert_int_equal(get(DATA), 0);
}

static void test_room(void **state)
{
    (void)state;
    uart_room(uart);
    assert_int_equal(uart_room(uart), 1); /* without FIFO: one byte */
    put(FCR, 1);
    assert_int_equal(uart_room(uart), 0); /* quiet after the FIFO reset */
    assert_int_equal(uart_room(uart), 16);
    receive("abc");
    assert_int_equal(uart_room(uart), 13);
    put(MCR, 0x10);
    assert_int_equal(uart_room(uart), 0); /* the line is cut off in loopback */
}

static void test_receive_interrupt(void **state)
{
    (void)state;
    put(FCR, 1 | 1 << 6); /* trigger level 4 */
    receive("a");
    assert_false(irq);
    assert_false(uart_listens(uart));
    put(IER, 1);
    assert_true(uart_listens(uart));
    assert_true(irq);
    assert_int_equal(get(IIR), 0xcc); /* character timeout */
    receive("bcd");
    assert_int_equal(get(IIR), 0xc4);
    assert_int_equal(get(IIR), 0xc4); /* reading IIR does not take it back */
    for (int i = 0; i < 3; i++) get(DATA);
    assert_true(irq);
    get(DATA);
    assert_false(irq);
    assert_int_equal(get(IIR), 0xc1);
}

static void test_transmit_interrupt(void **state)
{
    (void)state;
    put(IER, 2);
    assert_true(irq);
    assert_int_equal(get(IIR), 2);
    assert_false(irq);
    assert_int_equal(get(IIR), 1);
    put(DATA, 'x');
    assert_true(irq);
    put(IER, 0);
    assert_false(irq);
    put(IER, 2); /* enabling it while the transmitter is empty raises it anew */
    assert_true(irq);
    put(IER, 3);
    receive("r");
    assert_int_equal(get(IIR), 4); /* receive goes first, and keeps the other */
    get(DATA);
    assert_int_equal(get(IIR), 2);
}

static void test_divisor_latch(void **state)
{
    (void)state;
    put(IER, 5);
    put(LCR, 0x83);
    put(DATA, 0x12);
    put(IER, 0x34);
    assert_int_equal(get(DATA), 0x12);
    assert_int_equal(get(IER), 0x34);
    put(LCR, 0x03);
    assert_int_equal(get(LCR), 0x03);
    assert_int_equal(get(IER), 5);
    assert_int_equal(sent_count, 0);
}

/* The steps of Linux's drivers/tty/serial/8250 autoconfiguration. */
static void test_autoconfiguration(void **state)
{
    (void)state;
    put(IER, 0);
    assert_int_equal(get(IER), 0);
    put(IER, 0xff);
    assert_int_equal(get(IER), 0x0f);
    put(IER, 0);
    put(MCR, 0x1a);
    assert_int_equal(get(MSR) & 0xf0, 0x90);
    put(MCR, 0);
    assert_int_equal(get(MSR) & 0xf0, 0xb0);
    put(FCR, 1);
    assert_int_equal(get(IIR) >> 6, 3);
    put(FCR, 0);
    assert_int_equal(get(IIR) >> 6, 0);
    put(SCR, 0xa5);
    assert_int_equal(get(SCR), 0xa5);
}

static void test_modem_status(void **state)
{
    (void)state;
    assert_int_equal(get(MSR), 0xb0);
    put(IER, 8);
    assert_false(irq);
    put(MCR, 0x10); /* loopback, all outputs off: CTS, DSR and DCD fall */
    assert_true(irq);
    assert_int_equal(get(IIR), 0);
    assert_int_equal(get(MSR), 0x0b);
    assert_false(irq);
    assert_int_equal(get(MSR), 0);
    put(MCR, 0x14); /* RI rises: no change is told */
    assert_int_equal(get(MSR), 0x40);
    put(MCR, 0x10);
    assert_int_equal(get(MSR), 0x04);
}

static void test_loopback_and_overrun(void **state)
{
    (void)state;
    put(IER, 4);
    put(MCR, 0x10);
    put(DATA, 'a');
    put(DATA, 'b');
    assert_int_equal(sent_count, 0);
    assert_true(irq);
    assert_int_equal(get(IIR), 6);
    assert_int_equal(get(LSR), 0x63);
    assert_int_equal(get(LSR), 0x61);
    assert_false(irq);
    assert_int_equal(get(DATA), 'a');
}

static void test_fifo_reset_hands_back(void **state)
{
    (void)state;
    put(FCR, 1);
    receive("abc");
    get(DATA);
    put(FCR, 3);
    assert_int_equal(get(LSR), 0x60);
    assert_int_equal(returned_count, 2);
    assert_memory_equal(returned, "cb", 2); /* the last first: the line puts each in front */
}

static void test_wide_access(void **state)
{
    (void)state;
    device.write(device.state, DATA, 4, 0x12345600 + 'w');
    assert_int_equal(sent[0], 'w');
    assert_int_equal(device.read(device.state, LSR, 4), 0x60);
    assert_int_equal(get(8), 0);
    put(0xff, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_send),
        TEST(test_receive),
        TEST(test_room),
        TEST(test_receive_interrupt),
        TEST(test_transmit_interrupt),
        TEST(test_divisor_latch),
        TEST(test_autoconfiguration),
        TEST(test_modem_status),
        TEST(test_loopback_and_overrun),
        TEST(test_fifo_reset_hands_back),
        TEST(test_wide_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
