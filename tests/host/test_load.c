/* Where images go, on a board of RAM alone. The files are made here, byte by byte. */
#include "platform/load.h"
#include "tests/host/fake/board.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { ELF_SIZE = 64 + 56 + 16, FILES_MAX = 8 };

static char paths[FILES_MAX][64];
static unsigned path_count;
static struct software s;
static struct options o;

static void put(u8 *file, unsigned at, unsigned size, u64 value)
{
    for (unsigned k = 0; k < size; k++) file[at + k] = (u8)(value >> 8 * k);
}

/* A file with these bytes; its name. */
static const char *file_of(const void *data, size_t size)
{
    char *path = paths[path_count++];
    strcpy(path, "/tmp/vhart-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
    return path;
}

/* An executable of one segment: 16 bytes of 0x13 and as many zeros, entered at its fourth byte. */
static const char *elf_at(u64 va, u64 pa, u16 type)
{
    u8 file[ELF_SIZE] = "\177ELF\2\1\1";
    put(file, 16, 2, type);
    put(file, 18, 2, 243);
    put(file, 24, 8, va + 4);
    put(file, 32, 8, 64);
    put(file, 54, 2, 56);
    put(file, 56, 2, 1);
    put(file, 64, 4, 1);
    put(file, 64 + 8, 8, 120);
    put(file, 64 + 16, 8, va);
    put(file, 64 + 24, 8, pa);
    put(file, 64 + 32, 8, 16);
    put(file, 64 + 40, 8, 32);
    memset(file + 120, 0x13, 16);
    return file_of(file, ELF_SIZE);
}

static const char *flat(u8 byte, size_t size)
{
    static u8 data[4096];
    memset(data, byte, size);
    return file_of(data, size);
}

static bool place(void)
{
    software_free(&s);
    return software_read(&s, &o) && software_place(&s, fake_board_new(""));
}

static int begin(void **state)
{
    (void)state;
    o = (struct options){.bios = NULL};
    return 0;
}

static int end(void **state)
{
    (void)state;
    software_free(&s);
    fake_board_free();
    while (path_count) unlink(paths[--path_count]);
    return 0;
}

static void test_program(void **state)
{
    (void)state;
    o.program = elf_at(0x80001000, 0x80001000, 2);
    assert_true(place());
    assert_int_equal(s.boot.entry, 0x80001004);
    assert_int_equal(s.boot.next, 0);
    assert_int_equal(fake_load(0x8000100f, 1), 0x13);
    assert_int_equal(fake_load(0x80001010, 8), 0);
}

static void test_virtual_kernel(void **state)
{
    (void)state;
    o.bios = flat(0xb1, 100);
    o.kernel = elf_at(0xffffffff80002000, 0x80002000, 2);
    assert_true(place());
    assert_int_equal(s.boot.entry, RAM_BASE);
    assert_int_equal(s.boot.next, 0x80002004);
    assert_int_equal(fake_load(RAM_BASE + 99, 1), 0xb1);
    assert_int_equal(fake_load(0x80002000, 1), 0x13);
}

static void test_position_independent(void **state)
{
    (void)state;
    o.program = elf_at(0x3000, 0x3000, 3);
    assert_true(place());
    assert_int_equal(s.boot.entry, 0x80003004);
    assert_int_equal(fake_load(0x80003000, 1), 0x13);
}

static void test_pc(void **state)
{
    (void)state;
    o.program = elf_at(0x80001000, 0x80001000, 2);
    o.pc_given = true;
    o.pc = 0x80000123;
    assert_true(place());
    assert_int_equal(s.boot.entry, 0x80000123);
}

/* The header of Documentation/arch/riscv/boot-image-header.rst: text_offset at 8, image_size at 16,
 * magic2 at 56. */
static void test_linux_image(void **state)
{
    (void)state;
    u8 image[256] = {0};
    put(image, 8, 8, 0x10000);
    put(image, 16, 8, 0x2000);
    memcpy(image + 56, "RSC\x05", 4);
    o.bios = "none";
    o.kernel = file_of(image, sizeof image);
    o.initrd = flat(0x1d, 4096);
    assert_true(place());
    assert_int_equal(s.boot.entry, 0x80010000);
    assert_int_equal(s.boot.next, 0);
    assert_memory_equal(fake_board()->ram + 0x10000, image, sizeof image);
    assert_int_equal(s.images[0].memory_size, 0x2000);
    /* the RAM disk takes the last page */
    assert_int_equal(s.boot.initrd_start, RAM_BASE + FAKE_RAM_SIZE - 4096);
    assert_int_equal(s.boot.initrd_end, RAM_BASE + FAKE_RAM_SIZE);
}

static void test_flat_kernel(void **state)
{
    (void)state;
    o.bios = "none";
    o.kernel = flat(0x13, 64);
    assert_false(place()); /* 0x80200000 is not in this board's RAM */
}

static void test_guests(void **state)
{
    (void)state;
    o.bios = "none";
    o.kernel = elf_at(0x80002000, 0x80002000, 2);
    o.guests[0] = (struct guest_option){.name = (char *)"a",
                                        .kernel = (char *)flat(0xa1, 904),
                                        .initrd = (char *)flat(0xa2, 10),
                                        .append = (char *)"x=1",
                                        .memory = 1 << 24,
                                        .vcpus = 2};
    o.guests[1] = (struct guest_option){.name = (char *)"b", .kernel = (char *)flat(0xb1, 20)};
    o.guest_count = 2;
    assert_true(place());
    const struct board_guest *a = &s.boot.guests[0], *b = &s.boot.guests[1];
    assert_int_equal(s.boot.guest_count, 2);
    assert_string_equal(a->name, "a");
    assert_string_equal(a->append, "x=1");
    assert_int_equal(a->memory_size, 1 << 24);
    assert_int_equal(a->vcpus, 2);
    assert_int_equal(a->kernel_size, 904);
    assert_int_equal(fake_load(a->kernel + 903, 1), 0xa1);
    assert_int_equal(fake_load(a->initrd, 1), 0xa2);
    assert_int_equal(fake_load(b->kernel, 1), 0xb1);
    assert_int_equal(b->initrd_size, 0);
    assert_int_equal((a->kernel | a->initrd | b->kernel) & PAGE_OFFSET_MASK, 0);
}

static void test_overlap(void **state)
{
    (void)state;
    o.bios = elf_at(0x80001000, 0x80001000, 2);
    o.kernel = elf_at(0x80001010, 0x80001010, 2);
    assert_false(place());
}

static void test_no_room(void **state)
{
    (void)state;
    o.bios = "none";
    o.kernel = elf_at(RAM_BASE, RAM_BASE, 2);
    o.initrd = o.kernel;
    assert_true(place());
    fake_board()->claims = 0;
    s.initrd.size = FAKE_RAM_SIZE + 1;
    assert_false(software_place(&s, handle()));
}

/* After a reset the images are as they were in their files. */
static void test_reload(void **state)
{
    (void)state;
    o.program = elf_at(0x80001000, 0x80001000, 2);
    assert_true(place());
    fake_store(0x80001000, 0x5555, 8);
    fake_store(0x80001010, 0x5555, 8);
    fake_store(0x80004000, 0x5555, 8);
    assert_true(s.boot.reload(s.boot.reload_arg, handle()));
    assert_int_equal(fake_load(0x80001000, 8), 0x1313131313131313);
    assert_int_equal(fake_load(0x80001010, 8), 0);
    assert_int_equal(fake_load(0x80004000, 8), 0x5555);
}

static void test_unreadable(void **state)
{
    (void)state;
    o.program = "/nonexistent";
    assert_false(place());
    o.program = "/tmp";
    assert_false(place());
    o.program = flat('x', 100);
    assert_false(place());
    o = (struct options){.bios = "none", .kernel = file_of("\x1f\x8b\x08", 3)};
    assert_false(place());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_program), TEST(test_virtual_kernel), TEST(test_position_independent),
        TEST(test_pc),      TEST(test_linux_image),    TEST(test_flat_kernel),
        TEST(test_guests),  TEST(test_overlap),        TEST(test_no_room),
        TEST(test_reload),  TEST(test_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
