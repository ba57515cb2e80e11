/* All registers of all virtio devices, read and written in every width with every sort of value.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static void hammer(u64 device)
{
    for (unsigned i = 0; i < 3000; i++) {
        u64 at = device + (random64() & 0x1ff);
        u64 cause = i & 1 ? attempt(load64, at & -8ull, 0) : attempt(load8, at, 0);
        check(cause == NONE || cause == LOAD_ACCESS, "load from", at);
        cause = attempt(store64, at & -8ull, nasty());
        check(cause == NONE || cause == STORE_ACCESS, "store to", at);
        put(at & -4ull, 0, nasty());
        get(at & -4ull, 0);
    }
    put(device, R_STATUS, 0);
}

void attack(void)
{
    needs_virtio();
    for (u64 i = 0; i < VIRTIO_DEVICES; i++) hammer(virtio_device(i));
}
