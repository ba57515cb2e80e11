/* Chains that lead back to themselves, at once and after all descriptors, and whose next is beyond
 * the queue: none is followed for ever.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

static void ring_of(u16 n, u16 flags)
{
    static u8 byte[4];
    for (u16 i = 0; i < n; i++)
        q.desc[i] = (struct descriptor){(u64)byte, i % 3, flags | DESC_NEXT, (u16)((i + 1) % n)};
}

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 400; i++) {
        u64 device = virtio_device(i);
        u32 which = i / 2 & 1;
        queue_make(device, which, &q);
        ring_of((u16)(1 + i % QUEUE_SIZE), which == RECEIVE ? DESC_WRITE : 0);
        if (i % 5 == 0) q.desc[i % QUEUE_SIZE].next = (u16)random64();
        queue_offer(device, which, &q, 0, 1);
        queue_check(device, &q, "loop of", 1 + i % QUEUE_SIZE);
    }
}
