/* A virtio network device for each VM that wants one, and the switch between them. A frame goes to
 * the VM whose address it bears, or to all others if it is for a group. Who has no buffer ready
 * loses it, as on any network. */
#include "firmware/devices/virtio.h"

enum { ID = 1, RECEIVE = 0, TRANSMIT = 1, HEADER_SIZE = 12, NUM_BUFFERS = 10 };
enum { FRAME_MIN = 14, FRAME_MAX = 1518, ADDRESS_SIZE = 6 };
#define F_MAC BIT(5)

static void deliver(struct virtio *to, const u8 *frame, u32 size)
{
    u8 header[HEADER_SIZE] = {[NUM_BUFFERS] = 1};
    struct chain c;
    if (!virtio_take(to, RECEIVE, &c)) return;
    u32 done = chain_write(&c, 0, header, HEADER_SIZE);
    done += chain_write(&c, HEADER_SIZE, frame, size);
    virtio_give(to, RECEIVE, &c, done);
}

static void forward(const struct virtio *from, const u8 *frame, u32 size)
{
    for (const struct vm *vm = vms; vm; vm = vm->next)
        if (vm->net && vm->net != from && vm->state != ENDED &&
            ((frame[0] & 1) /* a group */ || !memcmp(frame, vm->net->config, ADDRESS_SIZE)))
            deliver(vm->net, frame, size);
}

static bool step(struct virtio *d, unsigned queue)
{
    static u8 frame[FRAME_MAX];
    struct chain c;
    if (queue != TRANSMIT || !virtio_take(d, TRANSMIT, &c)) return false;
    u32 size = chain_read(&c, HEADER_SIZE, frame, FRAME_MAX);
    if (size >= FRAME_MIN) forward(d, frame, size);
    virtio_give(d, TRANSMIT, &c, 0);
    return true;
}

bool net_add(struct vm *vm)
{
    const u8 address[ADDRESS_SIZE] = {0x52, 0x54, 0, 'v', 'm', (u8)vm->number};
    vm->net = virtio_add(vm, 0, ID, F_MAC, step);
    if (!vm->net) return false;
    memcpy(vm->net->config, address, sizeof address);
    return true;
}
