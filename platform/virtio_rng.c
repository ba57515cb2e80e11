#include "platform/virtio_rng.h"

#include "platform/random.h"

enum { ENTROPY_DEVICE = 4, MOST = 1 << 16 };

/* Fill what the driver offers, up to some KiB; it may ask again. */
static bool serve(void *state, const struct virtio *v, unsigned queue, const struct chain *c,
                  u32 *written)
{
    (void)queue;
    u64 *seed = state;
    u32 size = c->write_size < MOST ? (u32)c->write_size : MOST;
    while (*written < size) {
        u64 value = next_random(seed);
        u32 part = size - *written < sizeof value ? size - *written : (u32)sizeof value;
        if (!chain_write(c, virtio_dma(v), *written, &value, part)) return false;
        *written += part;
    }
    return true;
}

struct virtio_model virtio_rng_model(u64 *seed)
{
    return (struct virtio_model){.id = ENTROPY_DEVICE, .queues = 1, .state = seed, .serve = serve};
}
