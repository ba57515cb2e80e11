/* Buffers in vmm, in devices, across the end of memory, and with sizes that wrap: what lies there
 * must neither be sent nor overwritten.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

static void try(u64 device, u32 which, u64 at, u32 size)
{
    static u8 header[12];
    u16 flags = which == RECEIVE ? DESC_WRITE : 0;
    queue_make(device, which, &q);
    q.desc[0] = (struct descriptor){(u64)header, sizeof header, flags | DESC_NEXT, 1};
    q.desc[1] = (struct descriptor){at, size, flags, 0};
    queue_offer(device, which, &q, 0, 1);
    queue_check(device, &q, "buffer at", at);
}

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 1000; i++) {
        u64 at = i % 3 ? nasty() : RAM + RAM_SIZE - (random64() & 0x3ff);
        if (at >= RAM && at < RAM + RAM_SIZE / 2) continue;
        try(virtio_device(i / 8), i & 1, at, i & 2 ? (u32)nasty() : 1500);
    }
    print("\n");
}
