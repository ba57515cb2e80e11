/* Available indices that run away, heads beyond the queue, sizes of queues that there are none of
 * or that change while the queue is in use.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 1000; i++) {
        u64 device = virtio_device(i);
        u32 which = i / 2 & 1;
        queue_make(device, which, &q);
        for (unsigned k = 0; k < QUEUE_SIZE; k++) {
            q.desc[k] =
                (struct descriptor){RAM + 0x500000, 4, which == RECEIVE ? DESC_WRITE : 0, 0};
            q.avail_ring[k] = i % 3 ? (u16)random64() : (u16)k;
        }
        put(device, R_QUEUE_NUM, i % 7 ? nasty() : BIT(i % 7));
        *(volatile u16 *)&q.avail = (u16)random64();
        put(device, R_QUEUE_NOTIFY, which);
        put(device, R_QUEUE_NUM, nasty());
        put(device, R_QUEUE_NOTIFY, i % 5 ? which : nasty());
        check(true, "", 0);
    }
    print("\n");
}
