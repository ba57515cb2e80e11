/* The longest requests that there can be, full queues of them, one after the other: whoever waits
 * for the hart, or for vmm, must not wait longer for that.
 * devices: disk
 * disk: 4096
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { SIZE = 4 << 20, PIECES = 22 };
static struct queue q;

/* All of the disk, into few sectors' worth of memory again and again. */
static void fill(void)
{
    static struct disk_header header;
    static u8 status;
    queue_make(VIRTIO_BLK, 0, &q);
    q.desc[0] = (struct descriptor){(u64)&header, sizeof header, DESC_NEXT, 1};
    for (u16 i = 1; i <= PIECES; i++)
        q.desc[i] = (struct descriptor){RAM + 0x500000, SIZE / 32, DESC_WRITE | DESC_NEXT, i + 1};
    q.desc[PIECES + 1] = (struct descriptor){(u64)&status, 1, DESC_WRITE, 0};
    for (unsigned i = 0; i < QUEUE_SIZE; i++) q.avail_ring[i] = 0;
    queue_offer(VIRTIO_BLK, 0, &q, 0, 0);
    *(volatile u16 *)&q.avail = QUEUE_SIZE;
    put(VIRTIO_BLK, R_QUEUE_NOTIFY, 0);
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    needs_disk();
    while (!passed(deadline)) {
        fill();
        check(q.used == QUEUE_SIZE, "requests done", q.used);
    }
}
