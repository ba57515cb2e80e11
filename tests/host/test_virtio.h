/* What the tests of virtio devices share: a machine, a device, and a driver for it (VIRTIO 1.2, 2.7
 * and 4.2). */
#ifndef TESTS_HOST_VIRTIO_H
#define TESTS_HOST_VIRTIO_H

#include "platform/virtio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* ---- the machine: 64 KiB of RAM, and room above it that only pretends to be ---- */

enum { RAM_SIZE = 0x10000 };
#define RAM     0x80000000ull
#define PRETEND 0x200000000ull

static u8 ram[RAM_SIZE];
static bool irq;

static inline bool holds(void *arg, u64 pa, u64 size)
{
    (void)arg;
    u64 limit = pa >= PRETEND ? PRETEND : RAM_SIZE, offset = pa - (pa >= PRETEND ? PRETEND : RAM);
    return offset <= limit && size <= limit - offset;
}

static inline bool read_ram(void *arg, u64 pa, void *data, u64 size)
{
    if (!holds(arg, pa, size) || pa >= PRETEND) return false;
    memcpy(data, ram + (pa - RAM), size);
    return true;
}

static inline bool write_ram(void *arg, u64 pa, const void *data, u64 size)
{
    if (!holds(arg, pa, size) || pa >= PRETEND) return false;
    memcpy(ram + (pa - RAM), data, size);
    return true;
}

static const struct dma dma = {NULL, holds, read_ram, write_ram};

static inline void set_irq(void *arg, unsigned number, bool level)
{
    (void)arg, (void)number;
    irq = level;
}

static inline void put16(u64 pa, u16 value)
{
    write_ram(NULL, pa, &value, 2);
}

static inline u16 get16(u64 pa)
{
    u16 value = 0;
    read_ram(NULL, pa, &value, 2);
    return value;
}

static inline u32 get32(u64 pa)
{
    u32 value = 0;
    read_ram(NULL, pa, &value, 4);
    return value;
}

/* ---- the device under test ---- */

enum {
    MAGIC = 0,
    VERSION = 4,
    DEVICE_ID = 8,
    VENDOR_ID = 12,
    DEVICE_FEATURES = 0x10,
    DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30,
    QUEUE_SIZE_MAX = 0x34,
    QUEUE_SIZE = 0x38,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    INTERRUPT_ACK = 0x64,
    STATUS = 0x70,
    QUEUE_DESC = 0x80,
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0,
    SHM_LEN = 0xb0,
    CONFIG = 0x100,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };
enum { USED = 1, CHANGED = 2 };
#define INDIRECT_DESC BIT(28)
#define EVENT_IDX     BIT(29)
#define VERSION_1     BIT(32)

static struct virtio *virtio;
static struct device device;

static inline u32 get(u64 offset)
{
    return (u32)device.read(device.state, offset, 4);
}

static inline void put(u64 offset, u32 value)
{
    device.write(device.state, offset, 4, value);
}

static inline void put64(u64 offset, u64 value)
{
    put(offset, (u32)value);
    put(offset + 4, (u32)(value >> 32));
}

static inline void use(const struct virtio_model *model)
{
    virtio_free(virtio);
    virtio = virtio_new(2, model, &dma, (struct irq_line){set_irq, NULL, 0, 0});
    assert_non_null(virtio);
    device = virtio_device(virtio);
    irq = false;
}

enum { SIZE = 8 };
#define DESC  (RAM + 0x1000)
#define AVAIL (RAM + 0x2000)
#define RING  (RAM + 0x3000)
#define TABLE (RAM + 0x4000)
#define DATA  (RAM + 0x8000)

/* ---- a driver ---- */

static u16 added; /* entries of the available ring */

static inline void negotiate(u64 features)
{
    put(STATUS, 0);
    put(STATUS, ACKNOWLEDGE | DRIVER);
    for (unsigned k = 0; k < 2; k++) {
        put(DRIVER_FEATURES_SEL, k);
        put(DRIVER_FEATURES, (u32)(features >> 32 * k));
    }
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
}

static inline void set_queue(u32 size, u64 desc, u64 avail, u64 ring)
{
    put(QUEUE_SEL, 0);
    put(QUEUE_SIZE, size);
    put64(QUEUE_DESC, desc);
    put64(QUEUE_DRIVER, avail);
    put64(QUEUE_DEVICE, ring);
    put(QUEUE_READY, 1);
}

static inline void begin(u64 features)
{
    memset(ram, 0, sizeof ram);
    added = 0;
    negotiate(features | VERSION_1);
    set_queue(SIZE, DESC, AVAIL, RING);
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    assert_int_equal(get(STATUS), ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

static inline void put_desc(u64 table, unsigned n, u64 pa, u32 size, u16 flags, u16 next)
{
    struct {
        u64 pa;
        u32 size;
        u16 flags, next;
    } d = {pa, size, flags, next};
    write_ram(NULL, table + 16 * n, &d, sizeof d);
}

static inline void offer(u16 head)
{
    put16(AVAIL + 4 + 2 * (added % SIZE), head);
    put16(AVAIL + 2, ++added);
}

static inline void notify(void)
{
    put(QUEUE_NOTIFY, 0);
}

static inline u16 used_index(void)
{
    return get16(RING + 2);
}

static inline u32 used_head(unsigned n)
{
    return get32(RING + 4 + 8 * n);
}

static inline u32 used_size(unsigned n)
{
    return get32(RING + 8 + 8 * n);
}

static inline void desc(unsigned n, u64 pa, u32 size, u16 flags, u16 next)
{
    put_desc(DESC, n, pa, size, flags, next);
}

#endif
