/* Virtio over MMIO (Virtual I/O Device specification 1.2, sections 2.7 and 4.2), split queues
 * without indirect descriptors. What a guest puts into its queues is copied once and then looked
 * at, so that changing it meanwhile gains nothing, and no chain can be endless. What a guest wants
 * of a device is done in steps, and few of them at an exit: then its notification is tried again,
 * so that it can be interrupted, and pays with its own time. */
#ifndef FIRMWARE_VIRTIO_H
#define FIRMWARE_VIRTIO_H

#include "firmware/devices/devices.h"

/* The registers, and what stands in them. */
enum { REG_MAGIC = 0x000, REG_VERSION = 0x004, REG_DEVICE_ID = 0x008, REG_VENDOR_ID = 0x00c };
enum { REG_DEVICE_FEATURES = 0x010, REG_DEVICE_FEATURES_SEL = 0x014, REG_DRIVER_FEATURES = 0x020 };
enum { REG_DRIVER_FEATURES_SEL = 0x024, REG_QUEUE_SEL = 0x030, REG_QUEUE_NUM_MAX = 0x034 };
enum { REG_QUEUE_NUM = 0x038, REG_QUEUE_READY = 0x044, REG_QUEUE_NOTIFY = 0x050 };
enum { REG_INTERRUPT_STATUS = 0x060, REG_INTERRUPT_ACK = 0x064, REG_STATUS = 0x070 };
enum { REG_QUEUE_DESC = 0x080, REG_QUEUE_DRIVER = 0x090, REG_QUEUE_DEVICE = 0x0a0 };
enum { REG_CONFIG = 0x100, MAGIC = 0x74726976, VERSION = 2, DESC_NEXT = 1, DESC_WRITE = 2 };
enum { STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8, STATUS_NEEDS_RESET = 0x40 };

struct descriptor {
    u64 address;
    u32 size;
    u16 flags, next;
};

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
    } header;          /* of a disk's request */
    struct range disk; /* its base is 0 if it is a partition of the machine's, which starts at: */
    u64 start;         /* this sector */
    u8 answer;         /* which that has for it, NOT_YET: none */
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

/* What block.c and disk.c, the machine's disk, share. */
enum { SECTOR = 512, PART = 64 << 10 /* of a request in a step */, READ = 0, WRITE = 1 };
enum { OK = 0, IO_ERROR = 1, NOT_YET = 0xff };
/* Copies n bytes of the request of d, from d->done on, from the guest to `at` or the other way. */
u8 block_copy(const struct virtio *d, u8 *at, u32 n);
/* Where a partition, from 1 on, is, in sectors; false if there is none. */
bool disk_partition(u64 number, struct range *sectors);
/* Moves n bytes of the request of d, from d->done on, between the guest and sectors of the disk:
 * OK, IO_ERROR, or NOT_YET, and then again. */
u8 disk_step(struct virtio *d, u64 sector, u32 n);
/* The device does not come back for what it had begun. */
void disk_forget(struct virtio *d);

#endif
