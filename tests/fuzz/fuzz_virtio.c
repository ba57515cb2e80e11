/* A virtio disk and a driver that does anything. Input: stores to RAM and to registers, in turn;
 * one of the acts puts the device into use with queues in their places, so that the rest gets
 * somewhere. */
#define _GNU_SOURCE
#include "platform/virtio_blk.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RAM_SIZE = 0x4000, SECTORS = 8 };
#define RAM 0x80000000ull

enum {
    DRIVER_FEATURES = 0x20,
    DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SIZE = 0x38,
    QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60,
    STATUS = 0x70,
    QUEUE_DESC = 0x80,
    QUEUE_DRIVER = 0x90,
    QUEUE_DEVICE = 0xa0,
    NEEDS_RESET = 64,
};

static u8 *ram; /* from malloc, so that a sanitizer knows its ends */
static bool irq;

static bool holds(void *arg, u64 pa, u64 size)
{
    (void)arg;
    return pa >= RAM && pa - RAM <= RAM_SIZE && size <= RAM_SIZE - (pa - RAM);
}

static bool read_ram(void *arg, u64 pa, void *data, u64 size)
{
    if (!holds(arg, pa, size)) return false;
    memcpy(data, ram + (pa - RAM), size);
    return true;
}

static bool write_ram(void *arg, u64 pa, const void *data, u64 size)
{
    if (!holds(arg, pa, size)) return false;
    memcpy(ram + (pa - RAM), data, size);
    return true;
}

static void set_irq(void *arg, unsigned number, bool level)
{
    (void)arg, (void)number;
    irq = level;
}

static void put(const struct device *d, u64 reg, u32 value)
{
    d->write(d->state, reg, 4, value);
}

static void begin(const struct device *d, u32 features)
{
    put(d, STATUS, 0);
    put(d, DRIVER_FEATURES_SEL, 0);
    put(d, DRIVER_FEATURES, features);
    put(d, DRIVER_FEATURES_SEL, 1);
    put(d, DRIVER_FEATURES, 1);
    put(d, STATUS, 11);
    put(d, QUEUE_SIZE, 4);
    put(d, QUEUE_DESC, RAM);
    put(d, QUEUE_DRIVER, RAM + 0x40);
    put(d, QUEUE_DEVICE, RAM + 0x80);
    put(d, QUEUE_READY, 1);
    put(d, STATUS, 15);
}

/* An address of RAM more often than not. */
static u64 take_value(struct input *in)
{
    u64 kind = take(in, 1);
    return kind & 1 ? RAM + take(in, 2) % (RAM_SIZE + 16) : take(in, kind & 2 ? 8 : 2);
}

static void act(const struct device *d, struct virtio *v, struct input *in)
{
    u64 value, at;
    switch (take(in, 1) % 6) {
    case 0: put(d, take(in, 1) % 64 * 4, (u32)take_value(in)); break;
    case 1:
        at = take(in, 2) % (RAM_SIZE - 7);
        value = take_value(in);
        memcpy(ram + at, &value, sizeof value);
        break;
    case 2: begin(d, (u32)take(in, 1) << 24 & 0x30000000); break;
    case 3: put(d, QUEUE_NOTIFY, 0); break;
    case 4: virtio_update(v); break;
    case 5: d->read(d->state, take(in, 2) % VIRTIO_SIZE & ~3ull, 4); break;
    }
}

/* A device that asks for a reset leaves memory alone. */
static void check_rest(const struct device *d, struct virtio *v)
{
    static u8 before[RAM_SIZE];
    if (!(d->read(d->state, STATUS, 4) & NEEDS_RESET)) return;
    memcpy(before, ram, RAM_SIZE);
    put(d, QUEUE_NOTIFY, 0);
    virtio_update(v);
    HOLDS(memcmp(before, ram, RAM_SIZE) == 0, "memory has changed");
}

static struct disk *open_disk(void)
{
    static char name[64];
    if (!*name) {
        int fd = memfd_create("disk", 0);
        HOLDS(fd >= 0 && ftruncate(fd, SECTORS * SECTOR) == 0, "no file in memory");
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    }
    return disk_open(name, DISK_SNAPSHOT);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    const struct dma dma = {NULL, holds, read_ram, write_ram};
    struct input in = {data, size};
    struct disk *disk = open_disk();
    HOLDS(disk, "no disk");
    struct virtio_blk *block = virtio_blk_new(disk, 0);
    const struct virtio_model model = virtio_blk_model(block);
    struct virtio *v = virtio_new(0, &model, &dma, (struct irq_line){set_irq, NULL, 0, 0});
    const struct device d = virtio_device(v);
    ram = calloc(1, RAM_SIZE);
    irq = false;
    while (in.left) {
        act(&d, v, &in);
        HOLDS(irq == (d.read(d.state, INTERRUPT_STATUS, 4) != 0), "the line is not as its status");
    }
    check_rest(&d, v);
    free(ram);
    virtio_free(v);
    virtio_blk_free(block);
    disk_close(disk);
    return 0;
}
