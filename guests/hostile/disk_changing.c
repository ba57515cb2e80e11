/* While the disk works on long requests a second hart changes the header, the descriptors, the
 * rings, and sets up the queue anew: what was looked at must be what is used, and nothing of the
 * disk that was not asked for is written.
 * devices: disk
 * disk: 1024
 * harts: 2
 * vcpus: 2
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { SIZE = 512 << 10, SECTORS = SIZE / SECTOR };
static struct queue q;
static struct disk_header header;
static u64 data[SIZE / 8];
static volatile u8 status;
static volatile bool over;

static void change(u64 hart)
{
    static const u64 bad[] = {0x80200000 + RAM_SIZE, 0, 0x100000, ~0ull, 0x83f00000};
    (void)hart;
    for (u64 i = 0; !over; i++) {
        volatile struct disk_header *h = &header;
        volatile struct descriptor *d = &q.desc[1];
        h->sector = i & 1 ? ~0ull : i & 2 ? SECTORS * 2 : 0;
        d->address = i & 4 ? bad[i / 8 % 5] : (u64)data;
        d->size = i & 8 ? 0xffffffff : SIZE;
        if (i % 64 == 0) put(VIRTIO_BLK, R_QUEUE_NUM, i & 64 ? QUEUE_SIZE : 0);
        if (i % 512 == 0) put(VIRTIO_BLK, R_STATUS, 0);
        if (i % 96 == 0) put(VIRTIO_BLK, R_QUEUE_NOTIFY, 0);
    }
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    needs_disk();
    if (!start_hart(1, change)) check(false, "there is no second hart", 1);
    while (!passed(deadline)) {
        queue_make(VIRTIO_BLK, 0, &q);
        header = (struct disk_header){(u32)random64() & 1, 0, 0};
        u16 writes = header.type == DISK_READ ? DESC_WRITE : 0;
        q.desc[0] = (struct descriptor){(u64)&header, sizeof header, DESC_NEXT, 1};
        q.desc[1] = (struct descriptor){(u64)data, SIZE, writes | DESC_NEXT, 2};
        q.desc[2] = (struct descriptor){(u64)&status, 1, DESC_WRITE, 0};
        queue_offer(VIRTIO_BLK, 0, &q, 0, 1);
        check(true, "", 0);
    }
    over = true;
    put(VIRTIO_BLK, R_STATUS, 0);
    check(disk_request(DISK_READ, 0, (u64)data, SIZE) == DISK_OK, "the disk afterwards", 0);
}
