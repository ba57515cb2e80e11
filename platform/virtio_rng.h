/* The virtio entropy device (VIRTIO 1.2, 5.4), whose entropy comes from a seed: the same in every
 * run, and no secret. */
#ifndef PLATFORM_VIRTIO_RNG_H
#define PLATFORM_VIRTIO_RNG_H

#include "platform/virtio.h"

/* *seed is its state, and must outlive it. */
struct virtio_model virtio_rng_model(u64 *seed);

#endif
