#include "guests/hostile/disk.h"

static struct queue q;

void needs_disk(void)
{
    needs("virtio_mmio@10002000");
}

u64 disk_sectors(void)
{
    return (u64)get(VIRTIO_BLK, R_CONFIG + 4) << 32 | get(VIRTIO_BLK, R_CONFIG);
}

u8 disk_request(u32 type, u64 sector, u64 data, u32 size)
{
    static struct disk_header header;
    static volatile u8 status;
    status = DISK_UNTOUCHED;
    header = (struct disk_header){type, 0, sector};
    queue_make(VIRTIO_BLK, 0, &q);
    q.desc[0] = (struct descriptor){(u64)&header, sizeof header, DESC_NEXT, 1};
    q.desc[1] = (struct descriptor){data, size, DESC_NEXT, 2};
    if (type != DISK_WRITE) q.desc[1].flags |= DESC_WRITE;
    q.desc[2] = (struct descriptor){(u64)&status, 1, DESC_WRITE, 0};
    queue_offer(VIRTIO_BLK, 0, &q, 0, 1);
    check(*(volatile u16 *)&q.used <= 1, "answers to one request:", q.used);
    return status;
}
