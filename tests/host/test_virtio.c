/* Virtio on MMIO (VIRTIO 1.2): the registers (4.2) and the queues (2.7), with drivers that follow
 * the rules and drivers that follow none. */
#include "tests/host/test_virtio.h"

/* A model that remembers what it was asked for, and writes as many bytes as it is told. */
static struct {
    unsigned served;
    u64 read_size, write_size;
    unsigned buffers;
    u32 writes;
    bool refuses, adds; /* adds: another entry to the available ring, as an endless driver would */
} toy;

static bool serve_toy(void *state, const struct virtio *v, unsigned queue, const struct chain *c,
                      u32 *written)
{
    (void)state, (void)v, (void)queue;
    toy.served++;
    toy.read_size = c->read_size;
    toy.write_size = c->write_size;
    toy.buffers = c->count;
    *written = toy.writes;
    if (toy.adds) put16(AVAIL + 2, (u16)(get16(AVAIL + 2) + 1));
    return !toy.refuses;
}

static const struct virtio_model toy_model = {.id = 42,
                                              .features = BIT(3),
                                              .queues = 1,
                                              .config = "\1\2\3\4\5\6\7\10",
                                              .config_size = 8,
                                              .serve = serve_toy};

static int setup(void **state)
{
    (void)state;
    memset(&toy, 0, sizeof toy);
    use(&toy_model);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    virtio_free(virtio);
    virtio = NULL;
    return 0;
}

/* ---- registers ---- */

static void test_identity(void **state)
{
    (void)state;
    assert_int_equal(get(MAGIC), 0x74726976);
    assert_int_equal(get(VERSION), 2);
    assert_int_equal(get(DEVICE_ID), 42);
    assert_int_equal(get(VENDOR_ID), 0x554d4551);
    assert_int_equal(device.base, 0x10003000);
    assert_int_equal(device.size, 0x1000);
    assert_int_equal(get(QUEUE_SIZE_MAX), 256);
    put(QUEUE_SEL, 1);
    assert_int_equal(get(QUEUE_SIZE_MAX), 0);
    put(QUEUE_READY, 1);
    assert_int_equal(get(QUEUE_READY), 0);
    assert_int_equal(get(SHM_LEN), ~0u); /* 4.2.2.1 */
}

static void test_empty_slot(void **state)
{
    (void)state;
    static const struct virtio_model nothing;
    use(&nothing);
    assert_int_equal(get(MAGIC), 0x74726976);
    assert_int_equal(get(VERSION), 2);
    assert_int_equal(get(DEVICE_ID), 0);
    for (unsigned reg = DEVICE_FEATURES; reg < 0x200; reg += 4) {
        put(reg, ~0u);
        assert_int_equal(get(reg), 0);
    }
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(device.widths, 1 | 2 | 4);
    assert_int_equal(device.read(device.state, MAGIC, 1), 0);
    device.write(device.state, STATUS, 1, ACKNOWLEDGE);
    assert_int_equal(get(STATUS), 0);
    assert_int_equal(device.read(device.state, CONFIG, 1), 1);
    assert_int_equal(device.read(device.state, CONFIG + 2, 2), 0x0403);
    assert_int_equal(device.read(device.state, CONFIG + 4, 4), 0x08070605);
    assert_int_equal(device.read(device.state, CONFIG + 8, 4), 0);
}

static void test_features(void **state)
{
    (void)state;
    assert_int_equal(get(DEVICE_FEATURES), (u32)(BIT(3) | INDIRECT_DESC | EVENT_IDX));
    put(DEVICE_FEATURES_SEL, 1);
    assert_int_equal(get(DEVICE_FEATURES), 1);
    put(DEVICE_FEATURES_SEL, 2);
    assert_int_equal(get(DEVICE_FEATURES), 0);
    negotiate(VERSION_1 | BIT(3));
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK);
    assert_true(virtio_has(virtio, BIT(3)));
    put(DRIVER_FEATURES_SEL, 0);
    put(DRIVER_FEATURES, 0);
    assert_true(virtio_has(virtio, BIT(3))); /* agreed is agreed */
    negotiate(BIT(3));                       /* without VERSION_1, as xv6 has it */
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK);
    negotiate(VERSION_1 | BIT(4)); /* what was not offered */
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER);
    negotiate(VERSION_1 | BIT(33));
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER);
}

static void test_reset(void **state)
{
    (void)state;
    begin(0);
    put_desc(DESC, 0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_true(irq);
    put(STATUS, 0);
    assert_false(irq);
    assert_int_equal(get(STATUS), 0);
    assert_int_equal(get(INTERRUPT_STATUS), 0);
    assert_int_equal(get(QUEUE_READY), 0);
    notify();
    assert_int_equal(toy.served, 1);
    begin(0); /* its indices begin anew */
    put_desc(DESC, 0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(toy.served, 2);
    assert_int_equal(used_index(), 1);
}

/* ---- queues ---- */

static void test_chain(void **state)
{
    (void)state;
    begin(0);
    put_desc(DESC, 5, DATA, 10, NEXT, 2);
    put_desc(DESC, 2, DATA + 100, 20, NEXT, 7);
    put_desc(DESC, 7, DATA + 200, 30, WRITE, 0);
    offer(5);
    toy.writes = 17;
    notify();
    assert_int_equal(toy.served, 1);
    assert_int_equal(toy.buffers, 3);
    assert_int_equal(toy.read_size, 30);
    assert_int_equal(toy.write_size, 30);
    assert_int_equal(used_index(), 1);
    assert_int_equal(used_head(0), 5);
    assert_int_equal(used_size(0), 17);
    assert_int_equal(get(INTERRUPT_STATUS), USED);
    assert_true(irq);
    put(INTERRUPT_ACK, USED);
    assert_false(irq);
    notify();
    assert_int_equal(toy.served, 1);
    assert_false(irq);
}

static void test_rings_go_round(void **state)
{
    (void)state;
    begin(0);
    for (unsigned k = 0; k < SIZE; k++) put_desc(DESC, k, DATA, k, 0, 0);
    for (unsigned n = 0; n < 0x10000 + 5; n++) {
        offer((u16)(n * 3 % SIZE));
        notify();
        assert_int_equal(used_index(), (u16)(n + 1));
        assert_int_equal(used_head(n % SIZE), n * 3 % SIZE);
        assert_int_equal(toy.read_size, n * 3 % SIZE);
    }
    for (unsigned k = 0; k < SIZE; k++) offer((u16)k); /* as many as there can be */
    notify();
    assert_int_equal(toy.served, 0x10000 + 5 + SIZE);
}

static void test_nothing_before_driver_ok(void **state)
{
    (void)state;
    memset(ram, 0, sizeof ram);
    added = 0;
    negotiate(VERSION_1);
    set_queue(SIZE, DESC, AVAIL, RING);
    put_desc(DESC, 0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(toy.served, 0);
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    assert_int_equal(toy.served, 1);
    negotiate(BIT(4)); /* refused: not even then */
    set_queue(SIZE, DESC, AVAIL, RING);
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    notify();
    assert_int_equal(toy.served, 1);
}

static void test_queue_in_use_stays(void **state)
{
    (void)state;
    begin(0);
    put64(QUEUE_DESC, 0);
    put64(QUEUE_DRIVER, 0);
    put64(QUEUE_DEVICE, 0);
    put(QUEUE_SIZE, 3);
    put_desc(DESC, 0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(used_index(), 1);
    put(QUEUE_READY, 0);
    offer(0);
    notify();
    assert_int_equal(toy.served, 1);
}

static void test_no_interrupt_wanted(void **state)
{
    (void)state;
    begin(0);
    put16(AVAIL, 1);
    put_desc(DESC, 0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(used_index(), 1);
    assert_false(irq);
}

/* 2.7.7.2: an interrupt when the index moves past the event index, and then only; 2.7.10.2. */
static void test_event_index(void **state)
{
    (void)state;
    begin(EVENT_IDX);
    put_desc(DESC, 0, DATA, 1, 0, 0);
    put16(AVAIL + 4 + 2 * SIZE, 2); /* used_event */
    put16(AVAIL, 1);                /* the flag has no say */
    for (unsigned n = 0; n < 6; n++) {
        offer(0);
        notify();
        assert_int_equal(irq, n == 2);
        put(INTERRUPT_ACK, USED);
        assert_int_equal(get16(RING + 4 + 8 * SIZE), n + 1); /* avail_event */
    }
    put16(AVAIL + 4 + 2 * SIZE, 7);
    for (unsigned n = 0; n < 3; n++) offer(0); /* from 6 past 7 to 9 */
    notify();
    assert_true(irq);
}

static void test_indirect(void **state)
{
    (void)state;
    begin(INDIRECT_DESC);
    put_desc(DESC, 0, DATA, 3, NEXT, 1);
    put_desc(DESC, 1, TABLE, 3 * 16, INDIRECT | WRITE, 0); /* 2.7.5.3.2: WRITE means nothing here */
    put_desc(TABLE, 0, DATA, 5, NEXT, 2);
    put_desc(TABLE, 2, DATA, 7, WRITE, 0);
    offer(0);
    notify();
    assert_int_equal(toy.read_size, 8);
    assert_int_equal(toy.write_size, 7);
    assert_int_equal(used_head(0), 0);
}

/* One longer than its queue, up to what a chain may have. */
static void test_long_indirect(void **state)
{
    (void)state;
    begin(INDIRECT_DESC);
    put_desc(DESC, 0, TABLE, 257 * 16, INDIRECT, 0);
    for (u16 k = 0; k < 256; k++) put_desc(TABLE, k, DATA, 1, k == 255 ? 0 : NEXT, (u16)(k + 1));
    offer(0);
    notify();
    assert_int_equal(toy.buffers, 256);
    put_desc(TABLE, 255, DATA, 1, NEXT, 256);
    put_desc(TABLE, 256, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(toy.served, 1);
    assert_true(get(STATUS) & NEEDS_RESET);
}

/* ---- drivers that break the rules ---- */

static void test_bad_queues(void **state)
{
    (void)state;
    static const struct {
        u32 size;
        u64 desc, avail, ring;
    } bad[] = {
        {0,    DESC,               AVAIL,              RING              },
        {3,    DESC,               AVAIL,              RING              },
        {512,  DESC,               AVAIL,              RING              },
        {~0u,  DESC,               AVAIL,              RING              },
        {SIZE, DESC + 8,           AVAIL,              RING              },
        {SIZE, DESC,               AVAIL + 1,          RING              },
        {SIZE, DESC,               AVAIL,              RING + 2          },
        {SIZE, 0,                  AVAIL,              RING              },
        {SIZE, DESC,               0,                  RING              },
        {SIZE, DESC,               AVAIL,              0                 },
        {SIZE, RAM + 0xff90,       AVAIL,              RING              },
        {SIZE, DESC,               RAM + 0xffec,       RING              },
        {SIZE, DESC,               AVAIL,              RAM + 0xffbc      },
        {SIZE, 0xfffffffffffffff0, AVAIL,              RING              },
        {SIZE, DESC,               0xfffffffffffffffe, RING              },
        {SIZE, DESC,               AVAIL,              0xfffffffffffffffc},
    };
    for (unsigned k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        negotiate(VERSION_1);
        set_queue(bad[k].size, bad[k].desc, bad[k].avail, bad[k].ring);
        assert_int_equal(get(QUEUE_READY), 0);
        assert_true(get(STATUS) & NEEDS_RESET);
        put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
        assert_true(get(STATUS) & NEEDS_RESET); /* a driver cannot clear it so */
        notify();
    }
    assert_int_equal(toy.served, 0);
    negotiate(VERSION_1);
    set_queue(SIZE, RAM + 0xff80, RAM + 0x1000, RAM + 0x2000); /* the very end will do */
    assert_int_equal(get(QUEUE_READY), 1);
    negotiate(VERSION_1);
    set_queue(SIZE, DESC, RAM + 0xffea, RING);
    assert_int_equal(get(QUEUE_READY), 1);
    negotiate(VERSION_1);
    set_queue(SIZE, DESC, AVAIL, RAM + 0xffb8);
    assert_int_equal(get(QUEUE_READY), 1);
}

/* Each of these prepares one chain, at head 0 unless it says otherwise, that no driver may offer.
 */
static void too_many(void)
{
    desc(0, DATA, 1, 0, 0);
    offer(0);
    added = SIZE;
}
static void head_outside(void)
{
    put16(AVAIL + 4, SIZE);
}
static void next_outside(void)
{
    desc(0, DATA, 1, NEXT, SIZE);
}
static void loop(void)
{
    desc(0, DATA, 1, NEXT, 1);
    desc(1, DATA, 1, NEXT, 0);
}
static void empty_loop(void)
{
    desc(0, DATA, 0, NEXT, 0);
}
static void below_ram(void)
{
    desc(0, RAM - 1, 2, 0, 0);
}
static void above_ram(void)
{
    desc(0, RAM + RAM_SIZE - 1, 2, WRITE, 0);
}
static void around(void)
{
    desc(0, ~0ull, 2, 0, 0);
}
static void second_outside(void)
{
    desc(0, DATA, 1, NEXT, 1);
    desc(1, 0, 1, 0, 0);
}
static void read_after_write(void)
{
    desc(0, DATA, 1, WRITE | NEXT, 1);
    desc(1, DATA, 1, 0, 0);
}
static void longer_than_4_gib(void)
{
    desc(0, PRETEND, 0x80000000, NEXT, 1);
    desc(1, PRETEND, 0x80000000, NEXT | WRITE, 2);
    desc(2, PRETEND, 1, WRITE, 0);
}
static void in_table(u32 size, u16 flags)
{
    desc(0, TABLE, size, INDIRECT | flags, 1);
    desc(1, DATA, 1, 0, 0);
    put_desc(TABLE, 0, DATA, 1, 0, 0);
}
static void empty_table(void)
{
    in_table(0, 0);
}
static void odd_table(void)
{
    in_table(24, 0);
}
static void table_and_next(void)
{
    in_table(16, NEXT);
}
static void table_outside(void)
{
    desc(0, RAM + RAM_SIZE - 8, 16, INDIRECT, 0);
}
static void nested_table(void)
{
    in_table(32, 0);
    put_desc(TABLE, 0, TABLE, 16, INDIRECT, 0);
}
static void beyond_table(void)
{
    in_table(32, 0);
    put_desc(TABLE, 0, DATA, 1, NEXT, 2);
}
static void table_loop(void)
{
    in_table(16, 0);
    put_desc(TABLE, 0, DATA, 1, NEXT, 0);
}
static void refused(void)
{
    desc(0, DATA, 1, 0, 0);
    toy.refuses = true;
}

static void check_broken(void (*prepare)(void), u64 features)
{
    begin(features);
    toy.served = 0;
    prepare();
    offer(get16(AVAIL + 4) ? get16(AVAIL + 4) : 0);
    notify();
    assert_int_equal(toy.served, toy.refuses);
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK | NEEDS_RESET);
    assert_int_equal(get(INTERRUPT_STATUS), CHANGED); /* 2.1.2 */
    assert_true(irq);
    assert_int_equal(used_index(), 0);
    toy.refuses = false;
    desc(0, DATA, 1, 0, 0); /* nothing more, until it is reset */
    offer(0);
    notify();
    assert_int_equal(used_index(), 0);
    begin(features);
    desc(0, DATA, 1, 0, 0);
    offer(0);
    notify();
    assert_int_equal(used_index(), 1);
}

static void test_bad_chains(void **state)
{
    (void)state;
    static void (*const bad[])(void) = {
        too_many,          head_outside, next_outside, loop,           empty_loop,
        below_ram,         above_ram,    around,       second_outside, read_after_write,
        longer_than_4_gib, refused,      empty_table,  odd_table,      table_and_next,
        table_outside,     nested_table, beyond_table, table_loop,
    };
    for (unsigned k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        check_broken(bad[k], INDIRECT_DESC);
        check_broken(bad[k], INDIRECT_DESC | EVENT_IDX);
    }
}

static void good_table(void)
{
    in_table(16, 0);
}

static void test_indirect_not_agreed(void **state)
{
    (void)state;
    check_broken(good_table, 0);
}

static void test_buffers_of_nothing(void **state)
{
    (void)state;
    begin(0);
    desc(0, DATA, 0, NEXT, 1);
    desc(1, RAM + RAM_SIZE, 0, NEXT, 2);
    desc(2, DATA, 4, WRITE, 0);
    offer(0);
    notify();
    assert_int_equal(toy.read_size, 0);
    assert_int_equal(toy.write_size, 4);
}

/* A driver that never stops does not keep the device, and with it the machine, for ever. */
static void test_endless_driver(void **state)
{
    (void)state;
    begin(0);
    toy.adds = true;
    desc(0, DATA, 1, 0, 0);
    offer(0);
    notify();
    unsigned served = toy.served;
    assert_in_range(served, SIZE, 100000);
    assert_true(virtio_is_behind(virtio));
    virtio_update(virtio);
    assert_int_equal(toy.served, 2 * served);
    toy.adds = false;
    virtio_update(virtio);
    assert_int_equal(toy.served, 2 * served + 1);
    assert_false(virtio_is_behind(virtio));
    toy.adds = true;
    offer(0);
    put16(AVAIL + 2, (u16)(2 * served + 2));
    notify();
    assert_true(virtio_is_behind(virtio));
    put(QUEUE_READY, 0);
    virtio_update(virtio);
    assert_false(virtio_is_behind(virtio));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_identity),
        TEST(test_empty_slot),
        TEST(test_widths),
        TEST(test_features),
        TEST(test_reset),
        TEST(test_chain),
        TEST(test_rings_go_round),
        TEST(test_nothing_before_driver_ok),
        TEST(test_queue_in_use_stays),
        TEST(test_no_interrupt_wanted),
        TEST(test_event_index),
        TEST(test_indirect),
        TEST(test_long_indirect),
        TEST(test_bad_queues),
        TEST(test_bad_chains),
        TEST(test_indirect_not_agreed),
        TEST(test_buffers_of_nothing),
        TEST(test_endless_driver),
    };
    return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
