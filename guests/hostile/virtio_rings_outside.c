/* Queues whose descriptors, available ring or used ring lie in vmm, in devices, across the end of
 * memory or wrap: the device asks for a reset, and reads and writes nothing there.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

static void try(u64 device, u32 which, unsigned part, u64 at)
{
    u64 place[3] = {(u64)q.desc, (u64)&q.avail_flags, (u64)&q.used_flags};
    queue_clear(&q);
    q.desc[0] = (struct descriptor){(u64)q.avail_ring, 64, which == RECEIVE ? DESC_WRITE : 0, 0};
    place[part] = at;
    queue_at(device, which, QUEUE_SIZE, place[0], place[1], place[2]);
    queue_offer(device, which, &q, 0, 1);
    queue_check(device, &q, "ring at", at);
}

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 600; i++) {
        u64 at = i % 3 ? nasty() : RAM + RAM_SIZE - (random64() & 0x3ff);
        if (at >= RAM && at < RAM + RAM_SIZE / 2) continue; /* its own code would be no test */
        try(virtio_device(i / 8), i & 1, i / 2 % 3, at);
    }
    print("\n");
}
