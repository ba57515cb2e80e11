/* A virtio console: the VM's lines and input without an exit for each byte. */
#include "firmware/devices/virtio.h"

enum { ID = 3, RECEIVE = 0, TRANSMIT = 1, CHUNK = 256, TEXT_MAX = 16 * CHUNK };

static void send(struct virtio *d, const struct chain *c)
{
    char text[CHUNK];
    u32 n = CHUNK;
    for (u32 at = 0; n == CHUNK && at < TEXT_MAX; at += n) {
        n = chain_read(c, at, text, CHUNK);
        for (u32 i = 0; i < n; i++) console_put(d->vm, text[i]);
    }
}

static void receive(struct virtio *d)
{
    struct chain c;
    u8 text[INPUT_SIZE];
    if (!d->vm->input_count || !virtio_take(d, RECEIVE, &c)) return;
    u64 room = chain_size(&c, false);
    u32 n = 0;
    for (int byte; n < INPUT_SIZE && n < room && (byte = console_get(d->vm)) >= 0; n++)
        text[n] = (u8)byte;
    virtio_give(d, RECEIVE, &c, chain_write(&c, 0, text, n));
}

static void notify(struct virtio *d, unsigned queue)
{
    struct chain c;
    if (queue == RECEIVE) receive(d);
    for (unsigned i = 0; queue == TRANSMIT && i < QUEUE_SIZE && virtio_take(d, TRANSMIT, &c); i++) {
        send(d, &c);
        virtio_give(d, TRANSMIT, &c, 0);
    }
}

void hvc_notify(struct vm *vm)
{
    if (vm->hvc) receive(vm->hvc);
}

bool hvc_add(struct vm *vm)
{
    vm->hvc = virtio_add(vm, 2, ID, 0, notify);
    return vm->hvc != NULL;
}
