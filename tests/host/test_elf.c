/* The ELF reader, on files built here byte by byte and then damaged in every way. The damage tests
 * mean something only under AddressSanitizer, which sees each read beyond the file. */
#include "platform/elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The file: header, two program headers, code, symbols, names, four section headers. */
enum {
    PROGRAM_HEADERS = 64,
    CODE = 176,
    CODE_SIZE = 16,
    SYMBOLS = CODE + CODE_SIZE,
    SYMBOL_COUNT = 6,
    NAMES = SYMBOLS + SYMBOL_COUNT * 24,
    NAMES_SIZE = 48,
    SECTION_HEADERS = NAMES + NAMES_SIZE,
    FILE_SIZE = SECTION_HEADERS + 4 * 64
};
static const char names[NAMES_SIZE] = "\0tohost\0begin_signature\0$x\0limit\0main.c\0text";
enum { NAME_TOHOST = 1, NAME_BEGIN = 8, NAME_MAPPING = 24, NAME_LIMIT = 27, NAME_FILE = 33 };

static void put(u8 *file, unsigned at, unsigned size, u64 value)
{
    for (unsigned k = 0; k < size; k++) file[at + k] = (u8)(value >> 8 * k);
}

static void put_segment(u8 *file, unsigned at, u64 offset, u64 va, u64 pa, u64 size, u64 memory)
{
    put(file, at, 4, 1); /* PT_LOAD */
    put(file, at + 8, 8, offset);
    put(file, at + 16, 8, va);
    put(file, at + 24, 8, pa);
    put(file, at + 32, 8, size);
    put(file, at + 40, 8, memory);
}

static void put_section(u8 *file, unsigned index, u32 type, u64 offset, u64 size)
{
    unsigned at = SECTION_HEADERS + index * 64;
    put(file, at + 4, 4, type);
    put(file, at + 24, 8, offset);
    put(file, at + 32, 8, size);
}

static void put_symbol(u8 *file, unsigned index, u32 name, u8 info, u16 section, u64 value)
{
    unsigned at = SYMBOLS + index * 24;
    put(file, at, 4, name);
    put(file, at + 4, 1, info);
    put(file, at + 6, 2, section);
    put(file, at + 8, 8, value);
}

/* In a block of exactly its size, so that nothing behind it can be read unseen. */
static u8 *good_file(void)
{
    u8 *file = calloc(1, FILE_SIZE);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(file, 16, 2, 2);   /* ET_EXEC */
    put(file, 18, 2, 243); /* EM_RISCV */
    put(file, 24, 8, 0xffffffff80001004);
    put(file, 32, 8, PROGRAM_HEADERS);
    put(file, 40, 8, SECTION_HEADERS);
    put(file, 54, 2, 56);
    put(file, 56, 2, 2);
    put(file, 58, 2, 64);
    put(file, 60, 2, 4);
    put_segment(file, PROGRAM_HEADERS, CODE, 0xffffffff80001000, 0x80001000, CODE_SIZE, 64);
    put_segment(file, PROGRAM_HEADERS + 56, 0, 0x80002000, 0x80002000, 0, 4096);
    memset(file + CODE, 0x13, CODE_SIZE);
    put_symbol(file, 1, NAME_TOHOST, 0, 1, 0x80002000);
    put_symbol(file, 2, NAME_BEGIN, 0, 1, 0xffffffff80001008);
    put_symbol(file, 3, NAME_MAPPING, 0, 1, 0x80001000);
    put_symbol(file, 4, NAME_LIMIT, 0, 0xfff1, 0x1000);
    put_symbol(file, 5, NAME_FILE, 4, 0xfff1, 0);
    memcpy(file + NAMES, names, NAMES_SIZE);
    put_section(file, 1, 1, CODE, CODE_SIZE);
    put_section(file, 2, 2, SYMBOLS, SYMBOL_COUNT * 24);
    put(file, SECTION_HEADERS + 2 * 64 + 40, 4, 3);
    put(file, SECTION_HEADERS + 2 * 64 + 56, 8, 24);
    put_section(file, 3, 3, NAMES, NAMES_SIZE);
    return file;
}

/* Read all that an open file offers; the sum keeps the compiler from dropping the reads. */
static u64 read_everything(const struct elf *e)
{
    struct elf_segment s;
    u64 sum = elf_physical(e, e->entry), value;
    for (unsigned k = 0; elf_next_segment(e, &k, &s);) {
        assert_true(s.file_size <= s.memory_size);
        assert_true(s.pa + s.memory_size >= s.pa);
        for (u64 n = 0; n < s.file_size; n++) sum += s.data[n];
    }
    for (u64 k = 0; k < e->symbol_count; k++) {
        const char *label = elf_label(e, k, &value);
        if (label) sum += strlen(label);
    }
    if (elf_symbol(e, "tohost", &value)) sum += value;
    return sum;
}

static void test_good(void **state)
{
    (void)state;
    u8 *file = good_file();
    char error[ELF_ERROR_MAX];
    struct elf e;
    struct elf_segment s;
    unsigned k = 0;
    assert_true(elf_open(&e, file, FILE_SIZE, error));
    assert_true(elf_next_segment(&e, &k, &s));
    assert_int_equal(s.pa, 0x80001000);
    assert_int_equal(s.file_size, CODE_SIZE);
    assert_int_equal(s.memory_size, 64);
    assert_ptr_equal(s.data, file + CODE);
    assert_true(elf_next_segment(&e, &k, &s));
    assert_int_equal(s.memory_size, 4096);
    assert_false(elf_next_segment(&e, &k, &s));
    assert_int_equal(elf_physical(&e, e.entry), 0x80001004);
    assert_int_equal(elf_physical(&e, 0x80001010), 0x80001010);
    assert_int_equal(elf_physical(&e, 0x1234), 0x1234);
    free(file);
}

static void test_symbols(void **state)
{
    (void)state;
    u8 *file = good_file();
    char error[ELF_ERROR_MAX];
    struct elf e;
    u64 value = 0;
    assert_true(elf_open(&e, file, FILE_SIZE, error));
    assert_true(elf_symbol(&e, "tohost", &value));
    assert_int_equal(value, 0x80002000);
    assert_false(elf_symbol(&e, "fromhost", &value));
    assert_string_equal(elf_label(&e, 1, &value), "tohost");
    assert_string_equal(elf_label(&e, 2, &value), "begin_signature");
    assert_null(elf_label(&e, 0, &value)); /* undefined */
    assert_null(elf_label(&e, 3, &value)); /* $x */
    assert_null(elf_label(&e, 4, &value)); /* a constant */
    assert_null(elf_label(&e, 5, &value)); /* a source file */
    free(file);
}

static void test_truncated(void **state)
{
    (void)state;
    u8 *file = good_file();
    char error[ELF_ERROR_MAX];
    struct elf e;
    for (unsigned size = 0; size < FILE_SIZE; size++) {
        u8 *part = malloc(size + !size);
        memcpy(part, file, size);
        error[0] = 0;
        assert_false(elf_open(&e, part, size, error));
        assert_true(error[0]);
        free(part);
    }
    free(file);
}

/* Whatever a byte is changed to, the file is refused or can be read to its last byte. */
static void test_flipped(void **state)
{
    (void)state;
    static const u8 flips[] = {0xff, 0x01, 0x80, 0x7f, 0x10};
    u8 *file = good_file();
    char error[ELF_ERROR_MAX];
    struct elf e;
    unsigned refused = 0;
    for (unsigned at = 0; at < FILE_SIZE; at++) {
        for (unsigned k = 0; k < sizeof flips; k++) {
            file[at] ^= flips[k];
            if (elf_open(&e, file, FILE_SIZE, error))
                read_everything(&e);
            else
                refused++;
            file[at] ^= flips[k];
        }
    }
    assert_true(refused > 0);
    assert_true(elf_open(&e, file, FILE_SIZE, error));
    free(file);
}

/* Two fields at once, with the values on which sums overflow. */
static void test_extremes(void **state)
{
    (void)state;
    static const u64 values[] = {0, 1, FILE_SIZE, ~0ull, ~0ull - 63, 1ull << 63, 0xffffffff};
    enum { N = sizeof values / sizeof values[0] };
    char error[ELF_ERROR_MAX];
    struct elf e;
    for (unsigned at = 0; at + 16 <= FILE_SIZE; at += 8) {
        for (unsigned k = 0; k < N * N; k++) {
            u8 *file = good_file();
            put(file, at, 8, values[k % N]);
            put(file, at + 8, 8, values[k / N]);
            if (elf_open(&e, file, FILE_SIZE, error)) read_everything(&e);
            free(file);
        }
    }
}

/* The message for a change of one field. */
static const char *complaint(unsigned at, unsigned size, u64 value)
{
    static char error[ELF_ERROR_MAX];
    u8 *file = good_file();
    struct elf e;
    put(file, at, size, value);
    assert_false(elf_open(&e, file, FILE_SIZE, error));
    free(file);
    return error;
}

static void test_messages(void **state)
{
    (void)state;
    assert_non_null(strstr(complaint(0, 1, 'x'), "not an ELF"));
    assert_non_null(strstr(complaint(18, 2, 62), "another machine (number 62)"));
    assert_non_null(strstr(complaint(4, 1, 1), "64-bit"));
    assert_non_null(strstr(complaint(5, 1, 2), "big-endian"));
    assert_non_null(strstr(complaint(16, 2, 1), "link"));
    assert_non_null(strstr(complaint(56, 2, 0), "no program headers"));
    assert_non_null(strstr(complaint(PROGRAM_HEADERS + 32, 8, 65), "segment"));
    assert_non_null(strstr(complaint(PROGRAM_HEADERS + 24, 8, ~0ull), "wraps"));
    assert_non_null(strstr(complaint(NAMES + NAMES_SIZE - 1, 1, 'x'), "name"));
    assert_non_null(strstr(complaint(SYMBOLS + 24, 4, NAMES_SIZE), "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_extremes),  cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
