#include "guests/hostile/virtio.h"

void needs_virtio(void)
{
    needs("virtio,mmio");
}

u32 get(u64 device, u64 reg)
{
    return *(volatile u32 *)(device + reg);
}

void put(u64 device, u64 reg, u64 value)
{
    *(volatile u32 *)(device + reg) = (u32)value;
}

static void put64(u64 device, u64 reg, u64 value)
{
    put(device, reg, value);
    put(device, reg + 4, value >> 32);
}

void queue_at(u64 device, u32 which, u64 size, u64 desc, u64 avail, u64 used)
{
    put(device, R_STATUS, 0);
    put(device, R_QUEUE_SEL, which);
    put(device, R_QUEUE_NUM, size);
    put64(device, R_DESC, desc);
    put64(device, R_DRIVER, avail);
    put64(device, R_DEVICE, used);
    put(device, R_QUEUE_READY, 1);
    put(device, R_STATUS, DRIVER_OK);
}

void queue_clear(struct queue *q)
{
    volatile u8 *byte = (volatile u8 *)q;
    for (size_t i = 0; i < sizeof *q; i++) byte[i] = 0;
}

void queue_make(u64 device, u32 which, struct queue *q)
{
    queue_clear(q);
    queue_at(device, which, QUEUE_SIZE, (u64)q->desc, (u64)&q->avail_flags, (u64)&q->used_flags);
}

void queue_offer(u64 device, u32 which, struct queue *q, u16 first, u16 n)
{
    for (u16 i = 0; i < n; i++) q->avail_ring[(q->avail + i) % QUEUE_SIZE] = (u16)(first + i);
    __asm__ volatile("fence" ::: "memory");
    *(volatile u16 *)&q->avail = (u16)(q->avail + n);
    __asm__ volatile("fence" ::: "memory");
    put(device, R_QUEUE_NOTIFY, which);
}

void queue_check(u64 device, struct queue *q, const char *what, u64 detail)
{
    u16 used = *(volatile u16 *)&q->used;
    bool asks = get(device, R_STATUS) & NEEDS_RESET;
    check(used <= q->avail || asks, what, detail);
    put(device, R_INTERRUPT_ACK, ~0u);
}
