/* Rings that lie on top of each other, of the buffers and of the code of the device's own tables:
 * what the device writes changes what it reads next.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 1000; i++) {
        u64 device = virtio_device(i), base = (u64)&q;
        u32 which = i / 2 & 1;
        queue_clear(&q);
        for (unsigned k = 0; k < QUEUE_SIZE; k++)
            q.desc[k] = (struct descriptor){base + (random64() & 0x7ff), (u32)(random64() & 0xff),
                                            (u16)(random64() & 3), (u16)(random64() % QUEUE_SIZE)};
        queue_at(device, which, QUEUE_SIZE, base + 16 * (random64() & 7),
                 base + (random64() & 0x7fe), base + (random64() & 0x7fc));
        put(device, R_QUEUE_NOTIFY, which);
        put(device, R_QUEUE_NOTIFY, which);
        check(true, "", 0);
    }
    print("\n");
}
