/* What the attacks on virtio devices share: where vmm has those (docs/vmm.md), and a queue. */
#ifndef GUESTS_HOSTILE_VIRTIO_H
#define GUESTS_HOSTILE_VIRTIO_H

#include "guests/hostile/hostile.h"

typedef uint16_t u16;

#define VIRTIO(n)  (0x10001000ull + (n)*0x1000ull)
#define VIRTIO_NET VIRTIO(0)
#define VIRTIO_BLK VIRTIO(1)
#define VIRTIO_HVC VIRTIO(2)

/* They by turns. */
enum { VIRTIO_DEVICES = 3 };
static inline u64 virtio_device(u64 i)
{
    return VIRTIO(i % VIRTIO_DEVICES);
}

/* Registers (Virtual I/O Device specification 1.2, 4.2.2). */
enum {
    R_DEVICE_FEATURES = 0x10,
    R_DEVICE_FEATURES_SEL = 0x14,
    R_DRIVER_FEATURES = 0x20,
    R_DRIVER_FEATURES_SEL = 0x24,
    R_QUEUE_SEL = 0x30,
    R_QUEUE_NUM = 0x38,
    R_QUEUE_READY = 0x44,
    R_QUEUE_NOTIFY = 0x50,
    R_INTERRUPT_STATUS = 0x60,
    R_INTERRUPT_ACK = 0x64,
    R_STATUS = 0x70,
    R_DESC = 0x80,
    R_DRIVER = 0x90,
    R_DEVICE = 0xa0,
    R_CONFIG = 0x100,
};
enum { RECEIVE = 0, TRANSMIT = 1, QUEUE_SIZE = 64, DESC_NEXT = 1, DESC_WRITE = 2 };
enum { FEATURES_OK = 8, DRIVER_OK = 15, NEEDS_RESET = 0x40 };

/* The parts of a split queue (2.7). */
struct queue {
    struct descriptor {
        u64 address;
        u32 size;
        u16 flags, next;
    } desc[QUEUE_SIZE];
    u16 avail_flags, avail, avail_ring[QUEUE_SIZE];
    u16 padding[2];
    u16 used_flags, used;
    u32 used_ring[QUEUE_SIZE][2];
} __attribute__((aligned(4096)));

/* Ends the attack, with a word to the test, where the VM has no virtio devices. */
void needs_virtio(void);

u32 get(u64 device, u64 reg);
void put(u64 device, u64 reg, u64 value);

/* Reset the device and make one queue of it, of these parts. */
void queue_at(u64 device, u32 which, u64 size, u64 desc, u64 avail, u64 used);
void queue_clear(struct queue *q);
/* The same of q, with all empty. */
void queue_make(u64 device, u32 which, struct queue *q);
/* Offer the chains that begin at heads first to first + n - 1, and notify. */
void queue_offer(u64 device, u32 which, struct queue *q, u16 first, u16 n);

/* Whether the guest was left with what it was given: the device's answer is right if it used the
 * chains, ignored them, or asks for a reset. */
void queue_check(u64 device, struct queue *q, const char *what, u64 detail);

#endif
