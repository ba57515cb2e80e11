/* Notifies, resets and acknowledges in every order: before the driver is ready, in the middle of a
 * queue, after the device has asked for a reset.
 * devices: net,console,disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 3000; i++) {
        u64 device = virtio_device(i);
        switch (random64() % 8) {
        case 0: put(device, R_STATUS, 0); break;
        case 1: put(device, R_STATUS, random64() & 0xff); break;
        case 2: queue_make(device, random64() & 1, &q); break;
        case 3: put(device, R_QUEUE_SEL, random64() & 7); break;
        case 4: put(device, R_QUEUE_READY, random64() & 1); break;
        case 5: put(device, R_INTERRUPT_ACK, random64()); break;
        case 6: q.desc[0] = (struct descriptor){RAM + 0x500000, 4, random64() & 2, 0}; break;
        default: queue_offer(device, random64() & 1, &q, 0, (u16)(random64() % 4));
        }
        check(true, "", 0);
    }
    for (u64 i = 0; i < VIRTIO_DEVICES; i++) put(virtio_device(i), R_STATUS, 0);
    print("\n");
}
