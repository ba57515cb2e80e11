/* A virtio console: the VM's lines and input without an exit for each byte. */
#include "firmware/devices/virtio.h"

enum { ID = 3, RECEIVE = 0, TRANSMIT = 1, CHUNK = 64 };

static bool send(struct virtio *d)
{
    char text[CHUNK];
    if (!d->busy && !virtio_take(d, TRANSMIT, &d->request)) return false;
    u32 n = chain_read(&d->request, d->done, text, CHUNK);
    for (u32 i = 0; i < n; i++) console_put(d->vm, text[i]);
    d->busy = n == CHUNK;
    d->done = d->busy ? d->done + n : 0;
    if (!d->busy) virtio_give(d, TRANSMIT, &d->request, 0);
    return true;
}

static bool receive(struct virtio *d)
{
    struct chain c;
    u8 text[INPUT_SIZE];
    if (!d->vm->input_count || !virtio_take(d, RECEIVE, &c)) return false;
    u32 room = chain_size(&c, false), n = 0;
    for (int byte; n < INPUT_SIZE && n < room && (byte = console_get(d->vm)) >= 0; n++)
        text[n] = (u8)byte;
    virtio_give(d, RECEIVE, &c, chain_write(&c, 0, text, n));
    return true;
}

static bool step(struct virtio *d, unsigned queue)
{
    return queue == TRANSMIT ? send(d) : receive(d);
}

void hvc_notify(struct vm *vm)
{
    if (vm->hvc) receive(vm->hvc);
}

bool hvc_add(struct vm *vm)
{
    vm->hvc = virtio_add(vm, 2, ID, 0, step);
    return vm->hvc != NULL;
}
