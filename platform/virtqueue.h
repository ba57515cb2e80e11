/* Split virtqueues, the device's side (VIRTIO 1.2, 2.7): a driver puts chains of buffers into a
 * ring, the device takes them, fills them or reads them, and gives them back through another ring.
 *
 * All of it lies in the guest's memory, and nothing there is believed: each function that reads it
 * says when it makes no sense, and the device is then to ask for a reset (2.1.2). */
#ifndef PLATFORM_VIRTQUEUE_H
#define PLATFORM_VIRTQUEUE_H

#include "platform/dma.h"

/* The most entries of a queue, and the most buffers of a chain (a chain of an indirect table may be
 * longer than its queue: Linux makes such). */
enum { QUEUE_MAX = 256, CHAIN_MAX = 256 };

struct virtqueue {
    u32 size;                 /* entries */
    u64 desc, driver, device; /* the addresses of its three areas */
    bool ready;
    u16 next;      /* the entry of the available ring to take next; free-running, as all of these */
    u16 used;      /* the entry of the used ring to fill next */
    u16 announced; /* used, when an interrupt for it was last thought of */
};

/* What the driver has agreed to. */
struct queue_features {
    bool indirect, event_index;
};

/* A chain of buffers: those that the device reads, then those that it writes, each as one row of
 * bytes (2.7.4.1: how it is cut into buffers has no meaning). All of them are in RAM. */
struct chain {
    u16 head;
    unsigned count, readable; /* buffers, and how many of them the device reads */
    u64 read_size, write_size;
    struct {
        u64 pa;
        u32 size;
    } buffers[CHAIN_MAX];
};

/* The driver has set size and addresses: check them, and begin anew. False when they are none. */
bool virtqueue_start(struct virtqueue *q, const struct dma *dma);

/* Take the next chain. TAKE_NONE: there is none now, and the driver has been told to notify when it
 * adds one. */
enum take { TAKE_NONE, TAKE_CHAIN, TAKE_BROKEN };
enum take virtqueue_take(struct virtqueue *q, const struct dma *dma, struct queue_features f,
                         struct chain *c);

/* Give back the chain with this head, after writing this many bytes at the start of its writable
 * part. */
bool virtqueue_give(struct virtqueue *q, const struct dma *dma, u16 head, u32 written);

/* Does the driver want an interrupt for what was given back since it was asked last? */
bool virtqueue_wants_interrupt(struct virtqueue *q, const struct dma *dma, struct queue_features f,
                               bool *wanted);

/* Copy from offset on of the chain's readable part, to that of its writable part. False when there
 * is less. */
bool chain_read(const struct chain *c, const struct dma *dma, u64 offset, void *data, u64 size);
bool chain_write(const struct chain *c, const struct dma *dma, u64 offset, const void *data,
                 u64 size);

#endif
