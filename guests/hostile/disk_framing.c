/* Thousands of requests of all types, with queues of every size, their bytes cut into pieces at
 * random, many at a time: each must read and write what it says, and nothing else. Features that
 * the device does not offer cannot be had.
 * devices: disk
 * disk: 1024
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { SECTORS = 2048, LONG = 400, MANY = 8, HEADER = sizeof(struct disk_header) };

static struct queue q;
static u8 model[SECTORS * SECTOR], model_after[SECTORS * SECTOR];

/* A request in flight: what the device reads, and what it writes. */
static struct request {
    u8 from[HEADER + LONG * SECTOR], to[LONG * SECTOR + 1];
    u32 type, sectors, from_size, to_size;
    u64 sector;
    u16 head;
} requests[MANY];

static u32 below(u64 n)
{
    return (u32)(random64() % n);
}

static void copy(u8 *to, const u8 *from, u64 size)
{
    for (u64 i = 0; i < size; i++) to[i] = from[i];
}

static struct disk_header *header_of(struct request *r)
{
    return (struct disk_header *)(void *)r->from;
}

/* A type, a place on the disk, and how much; rarely a long one. */
static void make(struct request *r)
{
    static const u32 types[] = {DISK_READ,  DISK_READ,  DISK_WRITE,  DISK_WRITE,
                                DISK_WRITE, DISK_FLUSH, DISK_GET_ID, 77};
    r->type = types[below(8)];
    r->sectors = below(64) ? below(5) : below(LONG);
    r->sector = below(SECTORS - LONG);
    *header_of(r) = (struct disk_header){r->type, 0, r->sector};
    r->from_size = HEADER + (r->type == DISK_WRITE ? r->sectors * SECTOR : 0);
    r->to_size = 1 + (r->type == DISK_READ ? r->sectors * SECTOR : r->type == DISK_GET_ID ? 20 : 0);
    for (u32 i = HEADER; i < r->from_size; i++) r->from[i] = (u8)random64();
    for (u32 i = 0; i < r->to_size; i++) r->to[i] = DISK_UNTOUCHED;
}

/* Descriptors from *next on, at most `most` of them, for size bytes. */
static void cut(u8 *at, u32 size, u16 flags, u16 *next, u32 most)
{
    for (u32 n = 1 + below(most); n; n--) {
        u32 part = n == 1 ? size : below(size + 1);
        q.desc[*next] = (struct descriptor){(u64)at, part, flags | DESC_NEXT, *next + 1};
        at += part;
        size -= part;
        ++*next;
    }
}

static void check_done(struct request *r, u32 written)
{
    u8 status = r->to[r->to_size - 1], wanted = r->type == 77 ? DISK_UNSUPPORTED : DISK_OK;
    u64 differ = 0;
    check(status == wanted, "status of type", r->type);
    if (r->type == DISK_READ) {
        for (u32 i = 0; i < r->sectors * SECTOR; i++)
            differ += r->to[i] != model[r->sector * SECTOR + i];
        check(written == r->sectors * SECTOR + 1, "bytes said to be written", written);
    }
    check(!differ, "bytes read are wrong at sector", r->sector);
    if (r->type == DISK_WRITE)
        copy(model + r->sector * SECTOR, r->from + HEADER, r->sectors * SECTOR);
}

/* As many at a time as the queue has room for. They are done in the order in which they are
 * offered. */
static void batch(u16 size)
{
    u16 next = 0, count = 0, first = q.used, most = size / 2 > 11 ? 11 : size / 2;
    while (count < MANY && next + 2 * most <= size) {
        struct request *r = &requests[count];
        make(r);
        r->head = next;
        cut(r->from, r->from_size, 0, &next, most);
        cut(r->to, r->to_size, DESC_WRITE, &next, most);
        q.desc[next - 1].flags &= (u16)~DESC_NEXT;
        q.avail_ring[(q.avail + count) % size] = r->head;
        count++;
    }
    q.avail = (u16)(q.avail + count);
    __asm__ volatile("fence" ::: "memory");
    put(VIRTIO_BLK, R_QUEUE_NOTIFY, 0);
    check((u16)(q.used - first) == count, "requests done", (u64)(q.used - first));
    check(get(VIRTIO_BLK, R_INTERRUPT_STATUS) == 1, "no interrupt", 0);
    put(VIRTIO_BLK, R_INTERRUPT_ACK, 1);
    for (u16 i = 0; i < count; i++) {
        check(q.used_ring[(first + i) % size][0] == requests[i].head, "another came back", i);
        check_done(&requests[i], q.used_ring[(first + i) % size][1]);
    }
}

/* Whether the device lets the driver have these, besides version 1. */
static bool grants(u32 features)
{
    put(VIRTIO_BLK, R_STATUS, 0);
    put(VIRTIO_BLK, R_DRIVER_FEATURES_SEL, 1);
    put(VIRTIO_BLK, R_DRIVER_FEATURES, 1);
    put(VIRTIO_BLK, R_DRIVER_FEATURES_SEL, 0);
    put(VIRTIO_BLK, R_DRIVER_FEATURES, features);
    put(VIRTIO_BLK, R_STATUS, 3 | FEATURES_OK);
    return get(VIRTIO_BLK, R_STATUS) & FEATURES_OK;
}

static void check_features(void)
{
    put(VIRTIO_BLK, R_DEVICE_FEATURES_SEL, 0);
    u32 offered = get(VIRTIO_BLK, R_DEVICE_FEATURES);
    check(grants(0), "version 1 alone is refused", 0);
    check(grants(offered), "what it offers is refused", offered);
    for (unsigned bit = 0; bit < 32; bit++)
        check(grants((u32)BIT(bit)) == !!(offered & BIT(bit)), "feature", bit);
}

void attack(void)
{
    needs_disk();
    check(disk_sectors() == SECTORS, "sectors", disk_sectors());
    check_features();
    for (unsigned i = 0; i < sizeof model; i++) model[i] = (u8)random64();
    check(disk_request(DISK_WRITE, 0, (u64)model, sizeof model) == DISK_OK, "writing all", 0);
    for (u16 size = 2; size <= QUEUE_SIZE; size *= 2) {
        queue_make(VIRTIO_BLK, 0, &q);
        queue_at(VIRTIO_BLK, 0, size, (u64)q.desc, (u64)&q.avail_flags, (u64)&q.used_flags);
        for (unsigned i = 0; i < 150; i++) batch(size);
    }
    check(disk_request(DISK_READ, 0, (u64)model_after, sizeof model) == DISK_OK, "reading all", 0);
    u64 differ = 0;
    for (unsigned i = 0; i < sizeof model; i++) differ += model[i] != model_after[i];
    check(!differ, "bytes of the disk are wrong:", differ);
}
