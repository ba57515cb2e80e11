/* Virtio over MMIO (Virtual I/O Device specification 1.2, sections 2.7 and 4.2), split queues
 * without indirect descriptors. What a guest puts into its queues is copied once and then looked
 * at, so that changing it meanwhile gains nothing, and no chain can be endless. What a guest wants
 * of a device is done in steps, and few of them at an exit: then its notification is tried again,
 * so that it can be interrupted, and pays with its own time. */
#ifndef FIRMWARE_VIRTIO_H
#define FIRMWARE_VIRTIO_H

#include "firmware/devices/devices.h"

enum { QUEUES = 2, QUEUE_SIZE = 64, CHAIN_SIZE = 24, CONFIG_SIZE = 16 };

#define VIRTIO_F_VERSION_1 BIT(32)

struct queue {
    bool ready;
    u16 size, seen, used; /* entries; how many of the available ones were taken; given back */
    u32 places[10];       /* the registers from QueueDesc to QueueDevice, two words each */
};

/* A request: pieces of guest memory, less than 4 GiB, the first `readable` of which the device
 * reads. */
struct chain {
    struct vm *vm;
    u16 head;
    unsigned count, readable;
    struct piece {
        u64 gpa;
        u32 size;
    } pieces[CHAIN_SIZE];
};

struct virtio {
    struct vm *vm;
    unsigned irq;
    u32 id, status, interrupt;
    u64 features;
    u32 features_word, accepted_word, queue, refused; /* what the driver wanted and may not have */
    struct queue queues[QUEUES];
    u8 config[CONFIG_SIZE];
    /* A step, after the driver has notified a queue; false if there was nothing to do. */
    bool (*step)(struct virtio *d, unsigned queue);
    bool busy; /* with this request, of which so many bytes are done */
    struct chain request;
    u32 done;
    struct {
        u32 type, reserved;
        u64 sector;
    } header; /* of a disk's request */
    struct range disk;
};

/* Adds a device at the n-th place; NULL if there is no more room. */
struct virtio *virtio_add(struct vm *vm, unsigned n, u32 id, u64 features,
                          bool (*step)(struct virtio *d, unsigned queue));
/* The next request of a queue; false if there is none. A queue that makes no sense breaks the
 * device until the driver resets it. */
bool virtio_take(struct virtio *d, unsigned queue, struct chain *c);
/* Gives it back, `written` bytes having been put into what the device writes. */
void virtio_give(struct virtio *d, unsigned queue, const struct chain *c, u32 written);
/* Copy from what the device reads, or to what it writes, from an offset in that on; the number of
 * bytes, fewer than `size` where the chain ends. */
u32 chain_read(const struct chain *c, u32 offset, void *to, u32 size);
u32 chain_write(const struct chain *c, u32 offset, const void *from, u32 size);
u32 chain_size(const struct chain *c, bool readable);

#endif
