/* Full queues of frames for everybody, sent again and again without a pause.
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

void attack(void)
{
    static u8 frame[12 + 1514];
    u64 deadline = now() + ticks(20);
    needs_virtio();
    for (unsigned i = 12; i < 18; i++) frame[i] = 0xff; /* a broadcast */
    while (!passed(deadline)) {
        queue_make(VIRTIO_NET, TRANSMIT, &q);
        for (u16 k = 0; k < QUEUE_SIZE; k++)
            q.desc[k] = (struct descriptor){(u64)frame, sizeof frame, 0, 0};
        queue_offer(VIRTIO_NET, TRANSMIT, &q, 0, QUEUE_SIZE);
        check(*(volatile u16 *)&q.used == QUEUE_SIZE, "frames taken:", q.used);
    }
}
