/* One hart resets the virtio devices and makes other queues of the same memory, while a second one
 * has them work on long requests, and a third takes and completes interrupts that it has not got.
 * In the end each request is answered as ever.
 * vcpus: 3
 * harts: 2
 * devices: net,console,disk
 * disk: 2048
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { HART_STOP = 1, PRIORITY = 0, ENABLE = 0x2000, CLAIM = 0x200004, SOURCES = 32 };
#define PLIC 0xc000000ull

static struct queue shared;
static u8 data[1024 * SECTOR];
static volatile bool over;
static volatile u64 finished, resets, claims;

static void leave(void)
{
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
    sbi_call(SBI_HSM, HART_STOP, 0, 0, 0);
}

static void reset_them(u64 hart)
{
    for (u64 i = hart; !over; i++, resets++) {
        u64 device = virtio_device(i);
        queue_at(device, i & 1, BIT(i % 7), (u64)shared.desc, (u64)&shared.avail_flags,
                 (u64)&shared.used_flags);
        if (i % 5 == 0) put(device, R_STATUS, 0);
        put(device, R_QUEUE_NOTIFY, i & 1);
    }
    leave();
}

static void take_interrupts(u64 hart)
{
    for (u64 i = hart; !over; i++) {
        put(PLIC, PRIORITY + 4 * (i % SOURCES), i % 8);
        put(PLIC, ENABLE + 0x80 * (i % 3), i % 4 ? ~0u : 0);
        claims += get(PLIC, CLAIM + 0x1000 * (i % 3)) != 0;
        put(PLIC, CLAIM + 0x1000 * (i % 3), i % (SOURCES + 2));
    }
    leave();
}

/* Requests for every device: of the disk they are right, for the others just some memory. */
static void offer_all(u64 n)
{
    static struct disk_header header;
    header.type = n & 1 ? DISK_READ : DISK_WRITE;
    header.sector = n % 2048;
    shared.desc[0] = (struct descriptor){(u64)&header, sizeof header, DESC_NEXT, 1};
    shared.desc[1] = (struct descriptor){(u64)data, sizeof data, DESC_NEXT, 2};
    if (header.type == DISK_READ) shared.desc[1].flags |= DESC_WRITE;
    shared.desc[2] = (struct descriptor){(u64)data, 1, DESC_WRITE, 0};
    queue_offer(virtio_device(n), n / 3 & 1, &shared, 0, 1 + n % 4);
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    needs_disk();
    check(start_hart(1, reset_them), "start of", 1);
    while (!resets && !passed(deadline)) continue; /* it has read what to do */
    check(start_hart(2, take_interrupts), "start of", 2);
    for (u64 n = 0; !passed(deadline); n++) offer_all(n);
    over = true;
    while (finished < 2) continue;
    check(disk_request(DISK_READ, 0, (u64)data, sizeof data) == DISK_OK, "a read", resets);
    check(resets > 10, "resets", resets);
}
