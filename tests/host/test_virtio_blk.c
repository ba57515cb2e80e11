/* The virtio block and entropy devices (VIRTIO 1.2, 5.2 and 5.4), and the disks of the former. */
#define _GNU_SOURCE
#include "platform/virtio_blk.h"
#include "platform/virtio_rng.h"
#include "tests/host/test_virtio.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- the block device ---- */

enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8 };
enum { OK = 0, IO_ERROR = 1, UNSUPPORTED = 2, NOT_YET = 255 };
enum { SECTORS = 300 };

static char file_name[] = "/tmp/vhart-disk-XXXXXX";
static int file;
static struct disk *disk;
static struct virtio_blk *block;
static u8 image[SECTORS * SECTOR]; /* what the file holds before each test */

static void use_disk(enum disk_mode mode)
{
    disk_close(disk);
    virtio_blk_free(block);
    disk = disk_open(file_name, mode);
    assert_non_null(disk);
    block = virtio_blk_new(disk, 3);
    const struct virtio_model model = virtio_blk_model(block);
    use(&model);
}

static int setup(void **state)
{
    (void)state;
    file = mkstemp(file_name);
    for (unsigned k = 0; k < sizeof image; k++) image[k] = (u8)(k * 7 + k / SECTOR);
    if (file < 0 || write(file, image, sizeof image) != sizeof image) return -1;
    use_disk(DISK_WRITABLE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_close(disk);
    virtio_blk_free(block);
    disk = NULL;
    block = NULL;
    close(file);
    unlink(file_name);
    strcpy(file_name, "/tmp/vhart-disk-XXXXXX");
    virtio_free(virtio);
    virtio = NULL;
    return 0;
}

static const u8 *now_in_file(void)
{
    static u8 now[sizeof image];
    assert_int_equal(pread(file, now, sizeof now, 0), sizeof now);
    return now;
}

static void put_header(u32 type, u64 sector)
{
    struct {
        u32 type, reserved;
        u64 sector;
    } header = {type, 0, sector};
    write_ram(NULL, TABLE, &header, sizeof header);
}

/* A request of size bytes at DATA; its status. The status byte is at TABLE + 100. */
static u8 request(u32 type, u64 sector, u32 size)
{
    put_header(type, sector);
    ram[0x4000 + 100] = NOT_YET;
    put_desc(DESC, 0, TABLE, 16, NEXT, size ? 1 : 2);
    put_desc(DESC, 1, DATA, size, (u16)(NEXT | (type == OUT ? 0 : WRITE)), 2);
    put_desc(DESC, 2, TABLE + 100, 1, WRITE, 0);
    offer(0);
    notify();
    return ram[0x4000 + 100];
}

static void test_block_config(void **state)
{
    (void)state;
    assert_int_equal(get(DEVICE_ID), 2);
    assert_int_equal(get(CONFIG), SECTORS);
    assert_int_equal(get(CONFIG + 4), 0);
    assert_int_equal(get(CONFIG + 12), 254); /* seg_max */
    assert_int_equal(get(CONFIG + 20), 512); /* blk_size */
    u32 features = (u32)(BIT(2) | BIT(6) | BIT(9) | INDIRECT_DESC | EVENT_IDX);
    assert_int_equal(get(DEVICE_FEATURES), features);
    use_disk(DISK_READ_ONLY);
    assert_int_equal(get(DEVICE_FEATURES), features | BIT(5));
}

static void test_block_reads(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(request(IN, 5, 3 * SECTOR), OK);
    assert_memory_equal(ram + 0x8000, image + 5 * SECTOR, 3 * SECTOR);
    assert_int_equal(used_size(0), 3 * SECTOR + 1);
    assert_int_equal(request(IN, SECTORS - 1, SECTOR), OK);
    assert_memory_equal(ram + 0x8000, image + (SECTORS - 1) * SECTOR, SECTOR);
    assert_int_equal(request(IN, SECTORS, 0), OK);
}

static void test_block_writes(void **state)
{
    (void)state;
    begin(BIT(9));
    memset(ram + 0x8000, 0xa5, 2 * SECTOR);
    assert_int_equal(request(OUT, 7, 2 * SECTOR), OK);
    assert_int_equal(used_size(0), 1);
    assert_int_equal(request(FLUSH, 0, 0), OK);
    memset(image + 7 * SECTOR, 0xa5, 2 * SECTOR);
    assert_memory_equal(now_in_file(), image, sizeof image);
    begin(0); /* without FLUSH */
    memset(ram + 0x8000, 0x5a, SECTOR);
    assert_int_equal(request(OUT, 0, SECTOR), OK);
    memset(image, 0x5a, SECTOR);
    assert_memory_equal(now_in_file(), image, sizeof image);
}

/* 2.7.4.1: the device makes nothing of how a request is cut into buffers. Here by 5 bytes, with
 * more than goes through the device at once; data and status share the last one. */
static void test_block_framing(void **state)
{
    (void)state;
    enum { COUNT = 280, PARTS = 200, LARGE = COUNT * SECTOR / (PARTS - 1) };
    begin(INDIRECT_DESC);
    put_header(IN, 2);
    put_desc(DESC, 0, RAM + 0x5000, 16 * (3 + PARTS), INDIRECT, 0);
    for (unsigned k = 0; k < 3; k++)
        put_desc(RAM + 0x5000, k, TABLE + 6 * k, k == 2 ? 4 : 6, NEXT, (u16)(k + 1));
    /* All but the last land in the same place. */
    u32 last = COUNT * SECTOR - LARGE * (PARTS - 1);
    for (unsigned k = 0; k < PARTS - 1; k++)
        put_desc(RAM + 0x5000, 3 + k, DATA, LARGE, WRITE | NEXT, (u16)(k + 4));
    put_desc(RAM + 0x5000, 3 + PARTS - 1, DATA + 0x1000, last + 1, WRITE, 0);
    ram[0x9000 + last] = NOT_YET;
    offer(0);
    notify();
    assert_int_equal(ram[0x9000 + last], OK);
    assert_memory_equal(ram + 0x9000, image + (2 + COUNT) * SECTOR - last, last);
    assert_memory_equal(ram + 0x8000, image + (2 + COUNT) * SECTOR - last - LARGE, LARGE);
    assert_int_equal(used_size(0), COUNT * SECTOR + 1);
}

static void test_block_errors(void **state)
{
    (void)state;
    static const struct {
        u64 sector;
        u32 size;
    } bad[] = {
        {SECTORS,     SECTOR    },
        {SECTORS - 1, 2 * SECTOR},
        {SECTORS + 1, 0         },
        {~0ull,       SECTOR    },
        {BIT(55),     SECTOR    }, /* times 512 is 0 */
        {0,           100       },
        {0,           SECTOR + 1},
    };
    begin(0);
    for (unsigned k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        memset(ram + 0x8000, 0x77, 2 * SECTOR);
        assert_int_equal(request(IN, bad[k].sector, bad[k].size), IO_ERROR);
        assert_int_equal(used_size((2 * k) % SIZE), bad[k].size ? 0 : 1);
        assert_int_equal(ram[0x8000], 0x77);
        assert_int_equal(request(OUT, bad[k].sector, bad[k].size), IO_ERROR);
    }
    assert_int_equal(request(99, 0, SECTOR), UNSUPPORTED);
    assert_int_equal(request(11, 0, 0), UNSUPPORTED); /* DISCARD, which is not offered */
    assert_memory_equal(now_in_file(), image, sizeof image);
}

static void test_block_id(void **state)
{
    (void)state;
    begin(0);
    memset(ram + 0x8000, 0x77, 30);
    assert_int_equal(request(GET_ID, 0, 20), OK);
    assert_memory_equal(ram + 0x8000, "vhart-disk3\0\0\0\0\0\0\0\0\0\x77", 21);
    assert_int_equal(used_size(0), 21);
    memset(ram + 0x8000, 0x77, 30);
    assert_int_equal(request(GET_ID, 0, 5), OK);
    assert_memory_equal(ram + 0x8000, "vhart\x77", 6);
    assert_int_equal(request(GET_ID, 0, 30), OK);
    assert_int_equal(used_size(2), 20);
}

static void header_is_short(void)
{
    desc(0, TABLE, 15, NEXT, 1);
    desc(1, DATA, 1, WRITE, 0);
}
static void no_status(void)
{
    put_header(OUT, 0);
    desc(0, TABLE, 16, NEXT, 1);
    desc(1, DATA, SECTOR, 0, 0);
}

static void test_block_requests_that_are_none(void **state)
{
    (void)state;
    void (*const bad[])(void) = {header_is_short, no_status};
    for (unsigned k = 0; k < 2; k++) {
        begin(0);
        bad[k]();
        offer(0);
        notify();
        assert_true(get(STATUS) & NEEDS_RESET);
        assert_int_equal(used_index(), 0);
        assert_memory_equal(now_in_file(), image, sizeof image);
    }
}

static void test_read_only(void **state)
{
    (void)state;
    use_disk(DISK_READ_ONLY);
    begin(0);
    assert_int_equal(request(OUT, 0, SECTOR), IO_ERROR);
    assert_int_equal(request(IN, 0, SECTOR), OK);
    assert_memory_equal(now_in_file(), image, sizeof image);
}

static void test_snapshot(void **state)
{
    (void)state;
    use_disk(DISK_SNAPSHOT);
    begin(0);
    memset(ram + 0x8000, 0xa5, 2 * SECTOR);
    assert_int_equal(request(OUT, 8, 2 * SECTOR), OK);
    assert_int_equal(request(IN, 7, 4 * SECTOR), OK);
    assert_memory_equal(now_in_file(), image, sizeof image);
    memset(image + 8 * SECTOR, 0xa5, 2 * SECTOR);
    assert_memory_equal(ram + 0x8000, image + 7 * SECTOR, 4 * SECTOR);
    assert_int_equal(request(FLUSH, 0, 0), OK);
}

static void test_file_that_shrinks(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(ftruncate(file, 10 * SECTOR + 100), 0);
    assert_int_equal(request(IN, 9, SECTOR), OK);
    assert_int_equal(request(IN, 10, SECTOR), IO_ERROR);
    assert_int_equal(request(IN, 200, SECTOR), IO_ERROR);
}

/* ---- the entropy device ---- */

static void fill(u64 seed, u8 *out, u32 size)
{
    const struct virtio_model model = virtio_rng_model(&seed);
    use(&model);
    begin(0);
    memset(ram + 0x8000, 0, 0x4000);
    desc(0, DATA, 3, WRITE | NEXT, 1);
    desc(1, DATA + 3, size - 3, WRITE, 0);
    offer(0);
    notify();
    assert_int_equal(used_size(0), size);
    memcpy(out, ram + 0x8000, size);
    assert_int_equal(ram[0x8000 + size], 0);
}

static void test_entropy(void **state)
{
    (void)state;
    u8 one[1000], again[1000], other[1000];
    fill(1, one, sizeof one);
    fill(1, again, sizeof again);
    fill(2, other, sizeof other);
    assert_int_equal(get(DEVICE_ID), 4);
    assert_memory_equal(one, again, sizeof one);
    unsigned same = 0, zero = 0;
    for (unsigned k = 0; k < sizeof one; k++) {
        same += one[k] == other[k];
        zero += !one[k];
    }
    assert_in_range(same, 0, 30); /* 4 of 1000 are to be expected */
    assert_in_range(zero, 0, 30);
    virtio_free(virtio);
    virtio = NULL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_block_config),
        TEST(test_block_reads),
        TEST(test_block_writes),
        TEST(test_block_framing),
        TEST(test_block_errors),
        TEST(test_block_id),
        TEST(test_block_requests_that_are_none),
        TEST(test_read_only),
        TEST(test_snapshot),
        TEST(test_file_that_shrinks),
        cmocka_unit_test(test_entropy),
    };
    return cmocka_run_group_tests_name("virtio_blk", tests, NULL, NULL);
}
