/* A virtio device on MMIO (VIRTIO 1.2, 4.2: version 2 of the registers; no legacy). The transport,
 * which all kinds of device share; what a kind does is its model's. */
#ifndef PLATFORM_VIRTIO_H
#define PLATFORM_VIRTIO_H

#include "platform/device.h"
#include "platform/virtqueue.h"

/* As on QEMU's board: slot n, from 0, is at VIRTIO_BASE + n * VIRTIO_SIZE, and interrupts by source
 * VIRTIO_IRQ + n. */
enum { VIRTIO_SLOTS = 8, VIRTIO_IRQ = 1, VIRTIO_SIZE = 0x1000, VIRTIO_QUEUES = 2 };
#define VIRTIO_BASE 0x10001000ull

struct virtio;

/* A kind of device. */
struct virtio_model {
    u32 id;             /* section 5; 0: there is no device, as in an empty slot */
    u64 features;       /* of this kind, that it offers */
    unsigned queues;    /* 1..VIRTIO_QUEUES */
    const void *config; /* its configuration space, which no driver can change; */
    u32 config_size;    /* bytes */
    void *state;

    /* Do what a chain of this queue asks for; *written, 0 before: bytes written at the start of its
     * writable part. False when it makes no sense at all; the device then asks for a reset. */
    bool (*serve)(void *state, const struct virtio *v, unsigned queue, const struct chain *c,
                  u32 *written);
};

/* NULL when memory runs out. The model and dma are copied. */
struct virtio *virtio_new(unsigned slot, const struct virtio_model *model, const struct dma *dma,
                          struct irq_line irq);
void virtio_free(struct virtio *v);
void virtio_reset(struct virtio *v);

struct device virtio_device(struct virtio *v);

/* For models: has the driver agreed to this feature? The memory of the machine. */
bool virtio_has(const struct virtio *v, u64 feature);
const struct dma *virtio_dma(const struct virtio *v);

/* A driver that adds chains as fast as they are served is not served for ever: what is left waits
 * until virtio_update. */
bool virtio_is_behind(const struct virtio *v);
void virtio_update(struct virtio *v);

#endif
