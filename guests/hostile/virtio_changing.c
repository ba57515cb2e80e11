/* A second hart changes descriptors, indices and rings while the device works on them: whatever
 * was looked at must be what is used.
 * harts: 2
 * vcpus: 2
 * outcome: contained */
#include "guests/hostile/virtio.h"

static struct queue q;
static volatile bool over;

/* By turns good and bad; the good one has 32 bytes up to the end of memory, so that no size makes
 * it a long text. */
static void change(u64 hart)
{
    const u64 good = RAM + RAM_SIZE - 32;
    static const u64 bad[] = {0x80200000 + RAM_SIZE, 0, 0x100000, ~0ull, 0x83f00000};
    (void)hart;
    for (u64 i = 0; !over; i++) {
        volatile struct descriptor *d = &q.desc[i % 4];
        d->address = i & 1 ? bad[i / 2 % 5] : good;
        d->size = i & 2 ? 0xffffffff : 32;
        d->next = i & 4 ? (u16)i : 1;
        d->flags = i & 8 ? DESC_NEXT : 0;
    }
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    needs_virtio();
    if (!start_hart(1, change)) check(false, "there is no second hart", 1);
    while (!passed(deadline)) {
        u64 device = virtio_device(random64() % 2 * 2);
        queue_at(device, TRANSMIT, QUEUE_SIZE, (u64)q.desc, (u64)&q.avail_flags,
                 (u64)&q.used_flags);
        q.avail = q.used = 0;
        for (unsigned i = 0; i < 4; i++) queue_offer(device, TRANSMIT, &q, (u16)i, 1);
        queue_check(device, &q, "used", q.used);
    }
    over = true;
    print("\n");
}
