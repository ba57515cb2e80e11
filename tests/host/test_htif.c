/* HTIF and the signature, on a board of RAM alone. */
#include "platform/htif.h"
#include "platform/signature.h"
#include "tests/host/fake/board.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TOHOST   (RAM_BASE + 0x1000)
#define FROMHOST (RAM_BASE + 0x1040)
#define BLOCK    (RAM_BASE + 0x2000)
#define BUFFER   (RAM_BASE + 0x3000)
#define OUTSIDE  (RAM_BASE + FAKE_RAM_SIZE)

static struct htif *htif;

static struct board *begin(const char *input)
{
    static char *arguments[] = {(char *)"prog", (char *)"-x"};
    const struct htif_config config = {
        .tohost = TOHOST, .fromhost = FROMHOST, .arguments = arguments, .argument_count = 2};
    struct board *b = fake_board_new(input);
    htif = htif_new(&config, b);
    assert_non_null(htif);
    return b;
}

static int end(void **state)
{
    (void)state;
    htif_free(htif);
    htif = NULL;
    fake_board_free();
    return 0;
}

static void command(u64 word)
{
    fake_store(TOHOST, word, 8);
    assert_int_equal(fake_load(TOHOST, 8), 0);
}

static s64 call(u64 number, u64 a0, u64 a1, u64 a2)
{
    const u64 words[4] = {number, a0, a1, a2};
    for (unsigned k = 0; k < 4; k++) fake_store(BLOCK + 8 * k, words[k], 8);
    fake_store(FROMHOST, 0, 8);
    command(BLOCK);
    assert_int_equal(fake_load(FROMHOST, 8), 1);
    return (s64)fake_load(BLOCK, 8);
}

static void expect_exit(u64 word, unsigned size, int status)
{
    begin("");
    fake_store(TOHOST, word, size);
    assert_int_equal(fake_board()->stopped, size == 8);
    fake_ring();
    assert_true(fake_board()->stopped);
    assert_int_equal(fake_board()->status, status);
    end(NULL);
}

static void test_exit(void **state)
{
    (void)state;
    expect_exit(1, 8, 0);
    expect_exit(1, 4, 0);
    expect_exit(2 * 42 + 1, 8, 42);
    expect_exit(2 * 42 + 1, 4, 42);
    expect_exit(0xffffffff, 4, 255);  /* exit(-1) by sw */
    expect_exit(2 * 256 + 1, 8, 255); /* a failure is no success */
    expect_exit((1ull << 40) + 1, 8, 255);
}

static void test_nothing(void **state)
{
    (void)state;
    begin("");
    fake_store(TOHOST, 0, 8);
    fake_store(TOHOST + 64 - 4, 1, 4); /* near it */
    fake_store(FROMHOST, 0, 8);
    assert_false(fake_board()->stopped);
    assert_int_equal(fake_load(FROMHOST, 8), 0);
}

static void test_console(void **state)
{
    (void)state;
    begin("hi");
    command(1ull << 56 | 1ull << 48 | 'A');
    assert_string_equal(fake_board()->terminal.output, "A");
    assert_int_equal(fake_load(FROMHOST, 8), 0);
    command(1ull << 56);
    assert_int_equal(fake_load(FROMHOST, 8), 1ull << 56 | 0x100 | 'h');
    command(1ull << 56); /* the answer waits for its turn */
    assert_int_equal(fake_load(FROMHOST, 8), 1ull << 56 | 0x100 | 'h');
    fake_store(FROMHOST, 0, 8);
    assert_int_equal(fake_load(FROMHOST, 8), 1ull << 56 | 0x100 | 'i');
    fake_store(FROMHOST, 0, 8);
    command(1ull << 56); /* no more input: no answer */
    assert_int_equal(fake_load(FROMHOST, 8), 0);
}

static void expect_printed(const char *text)
{
    assert_string_equal(fake_board()->terminal.output, text);
}

/* By two stores, in either order, a command is obeyed as soon as it is whole; by a store that
 * covers a part of both halves, at once; the stores of one command say nothing about the next. */
static void test_halves(void **state)
{
    (void)state;
    begin("");
    fake_store(TOHOST, 'a', 4);
    expect_printed("");
    fake_store(TOHOST + 4, 0x01010000, 4);
    expect_printed("a");
    assert_int_equal(fake_load(TOHOST, 8), 0);
    fake_store(TOHOST + 4, 0x01010000, 4);
    expect_printed("a");
    fake_store(TOHOST, 'b', 4);
    expect_printed("ab");
    fake_store(TOHOST - 4, (u64)'c' << 32, 8);
    fake_store(TOHOST + 4, 0x01010000, 8);
    expect_printed("abc");
    fake_store(TOHOST + 2, 0x01010000ull << 16, 6);
    assert_int_equal(fake_board()->terminal.used, 4); /* the byte 0 */
    assert_int_equal(fake_load(TOHOST, 8), 0);
    assert_false(fake_board()->stopped);
}

/* A half alone is a command when its time has come, and not before; then the next one is new. */
static void test_half_alone(void **state)
{
    (void)state;
    begin("hi");
    fake_store(TOHOST + 4, 1 << 24, 4); /* read from the console: the low half may be 0 */
    assert_int_equal(fake_load(FROMHOST, 8), 0);
    fake_ring();
    assert_int_equal(fake_load(FROMHOST, 8), 1ull << 56 | 0x100 | 'h');
    fake_store(TOHOST, 3, 4);
    assert_int_equal(fake_alarms(), 2);
    fake_store(TOHOST, 3, 4); /* this does not put it off */
    assert_int_equal(fake_alarms(), 2);
    assert_false(fake_board()->stopped);
    fake_ring();
    assert_true(fake_board()->stopped);
    assert_int_equal(fake_board()->status, 1);
}

static void test_write(void **state)
{
    (void)state;
    begin("");
    for (unsigned k = 0; k < 5; k++) fake_store(BUFFER + k, (u8) "hello"[k], 1);
    assert_int_equal(call(64, 1, BUFFER, 5), 5);
    assert_int_equal(call(64, 2, BUFFER, 1), 1);
    assert_string_equal(fake_board()->terminal.output, "helloh");
    assert_int_equal(call(64, 3, BUFFER, 5), -9);
    assert_int_equal(call(64, 1, OUTSIDE, 5), -14);
    assert_int_equal(call(64, 1, OUTSIDE - 4096, 8192), 4096);
    assert_int_equal(call(64, 1, ~0ull, ~0ull), -14);
}

static void test_read(void **state)
{
    (void)state;
    begin("one\ntwo");
    assert_int_equal(call(63, 0, BUFFER, 100), 4);
    assert_int_equal(fake_load(BUFFER, 4), 0x0a656e6f);
    assert_int_equal(call(63, 0, BUFFER, 2), 2);
    assert_int_equal(call(63, 0, OUTSIDE, 2), -14);
    assert_int_equal(call(63, 0, BUFFER, 2), 0);
    assert_int_equal(call(63, 1, BUFFER, 2), -9);
}

static void test_other_calls(void **state)
{
    (void)state;
    begin("");
    assert_int_equal(call(57, 1, 0, 0), 0);
    assert_int_equal(call(57, 9, 0, 0), -9);
    assert_int_equal(call(62, 1, 0, 0), -29);
    assert_int_equal(call(80, 1, BUFFER, 0), 0);
    assert_int_equal(fake_load(BUFFER + 16, 4) & 0170000, 0020000); /* a character device */
    assert_int_equal(call(80, 3, BUFFER, 0), -9);
    assert_int_equal(call(80, 1, OUTSIDE - 8, 0), -14);
    assert_int_equal(call(9999, 0, 0, 0), -38);
    assert_false(fake_board()->stopped);
}

static void test_arguments(void **state)
{
    (void)state;
    char text[8];
    struct board *b = begin("");
    assert_int_equal(call(2011, BUFFER, 64, 0), 0);
    assert_int_equal(fake_load(BUFFER, 8), 2);
    assert_true(board_read(b, fake_load(BUFFER + 8, 8), text, 5));
    assert_memory_equal(text, "prog", 5);
    assert_true(board_read(b, fake_load(BUFFER + 16, 8), text, 3));
    assert_memory_equal(text, "-x", 3);
    assert_int_equal(fake_load(BUFFER + 24, 8), 0);
    assert_int_equal(fake_load(BUFFER + 32, 8), 0);
    assert_int_equal(call(2011, BUFFER, 40, 0), -12);
    assert_int_equal(call(2011, OUTSIDE - 8, 64, 0), -14);
}

static void test_exit_call(void **state)
{
    (void)state;
    begin("");
    fake_store(BLOCK, 93, 8);
    fake_store(BLOCK + 8, 7, 8);
    fake_store(TOHOST, BLOCK, 8);
    assert_true(fake_board()->stopped);
    assert_int_equal(fake_board()->status, 7);
}

static void test_wild_pointers(void **state)
{
    (void)state;
    begin("");
    fake_store(TOHOST, OUTSIDE - 8, 8);
    assert_true(fake_board()->stopped);
    assert_int_equal(fake_board()->status, 2);
    end(NULL);
    begin("");
    command(7ull << 56 | 1);
    assert_false(fake_board()->stopped);
}

/* Nobody reads fromhost: commands go on being done, answers do not pile up. */
static void test_deaf_program(void **state)
{
    (void)state;
    begin("");
    for (int k = 0; k < 1000; k++) {
        fake_store(BLOCK, 57, 8);
        fake_store(BLOCK + 8, 1, 8);
        command(BLOCK);
        assert_int_equal(fake_load(BLOCK, 8), 0);
    }
    command(1ull << 56 | 1ull << 48 | 'x');
    assert_string_equal(fake_board()->terminal.output, "x");
}

static void test_symbols_outside(void **state)
{
    (void)state;
    const struct htif_config config = {.tohost = OUTSIDE};
    assert_null(htif_new(&config, fake_board_new("")));
}

/* The lines are Spike's for the same bytes. */
static void test_signature(void **state)
{
    (void)state;
    char text[256] = "";
    u8 bytes[20];
    struct board *b = begin("");
    for (u8 k = 0; k < 20; k++) bytes[k] = (u8)(k + 1);
    board_write(b, BUFFER, bytes, 20);
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_true(signature_write(out, b, BUFFER, BUFFER + 20, 16));
    assert_string_equal(text, "100f0e0d0c0b0a090807060504030201\n"
                              "00000000000000000000000014131211\n");
    rewind(out);
    memset(text, 0, sizeof text);
    assert_true(signature_write(out, b, BUFFER, BUFFER + 20, 4));
    assert_string_equal(text, "04030201\n08070605\n0c0b0a09\n100f0e0d\n14131211\n");
    assert_false(signature_write(out, b, OUTSIDE - 4, OUTSIDE + 4, 4));
    fclose(out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end)
    const struct CMUnitTest tests[] = {
        TEST(test_exit),
        TEST(test_nothing),
        TEST(test_console),
        TEST(test_halves),
        TEST(test_half_alone),
        TEST(test_write),
        TEST(test_read),
        TEST(test_other_calls),
        TEST(test_arguments),
        TEST(test_exit_call),
        TEST(test_wild_pointers),
        TEST(test_deaf_program),
        TEST(test_symbols_outside),
        TEST(test_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
