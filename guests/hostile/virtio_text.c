/* Full queues of long texts for the console: whoever waits for the hart, or for vmm, must not wait
 * longer for that. The neighbour is on a hart of its own.
 * harts: 2
 * share: 44
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

void attack(void)
{
    static char text[4096];
    needs_virtio();
    for (unsigned i = 0; i < sizeof text; i++) text[i] = (char)(i % 64 == 63 ? '\n' : 'x');
    queue_make(VIRTIO_HVC, TRANSMIT, &q);
    for (u16 k = 0; k < 32; k++) q.desc[k] = (struct descriptor){(u64)text, sizeof text, 0, 0};
    queue_offer(VIRTIO_HVC, TRANSMIT, &q, 0, 32);
    check(q.used == 32, "texts taken:", q.used);
}
