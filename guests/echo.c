/* echo: says again, line by line, what is typed at its virtio console, and ends at "end". It looks
 * at nothing but its queues (Virtual I/O Device specification 1.2, 2.7 and 5.3), and has few and
 * short buffers, so that a long line needs many of them. */
#include "guests/guest.h"

typedef uint16_t u16;

#define CONSOLE 0x10003000ull
enum { R_QUEUE_SEL = 0x30, R_QUEUE_NUM = 0x38, R_QUEUE_READY = 0x44, R_QUEUE_NOTIFY = 0x50 };
enum { R_STATUS = 0x70, R_DESC = 0x80, R_DRIVER = 0x90, R_DEVICE = 0xa0, DRIVER_OK = 15 };
enum { RECEIVE = 0, TRANSMIT = 1, SIZE = 4, BUFFER = 5, DESC_WRITE = 2, LINE = 128 };

static struct queue {
    struct {
        u64 address;
        u32 size;
        u16 flags, next;
    } desc[SIZE];
    u16 avail_flags, avail, avail_ring[SIZE], padding[2];
    u16 used_flags, used;
    u32 used_ring[SIZE][2];
} __attribute__((aligned(16))) queues[2];

static u8 buffers[SIZE][BUFFER];

static void put(u64 reg, u64 value)
{
    *(volatile u32 *)(CONSOLE + reg) = (u32)value;
}

static void place(u64 reg, const void *part)
{
    put(reg, (u64)part);
    put(reg + 4, (u64)part >> 32);
}

static void set_up(u32 which)
{
    struct queue *q = &queues[which];
    put(R_QUEUE_SEL, which);
    put(R_QUEUE_NUM, SIZE);
    place(R_DESC, q->desc);
    place(R_DRIVER, &q->avail_flags);
    place(R_DEVICE, &q->used_flags);
    put(R_QUEUE_READY, 1);
}

static void offer(u32 which, u16 desc)
{
    struct queue *q = &queues[which];
    q->avail_ring[q->avail % SIZE] = desc;
    __asm__ volatile("fence" ::: "memory");
    *(volatile u16 *)&q->avail = (u16)(q->avail + 1);
    __asm__ volatile("fence" ::: "memory");
    put(R_QUEUE_NOTIFY, which);
}

static void write_text(const char *text, u32 size)
{
    struct queue *q = &queues[TRANSMIT];
    q->desc[0].address = (u64)text;
    q->desc[0].size = size;
    offer(TRANSMIT, 0);
    while (*(volatile u16 *)&q->used != q->avail) continue;
}

/* A byte that was typed; whatever a buffer brings is taken out before it is offered again. */
static u8 read_byte(void)
{
    static u32 at, end;
    static u16 seen, desc;
    struct queue *q = &queues[RECEIVE];
    if (at == end) {
        if (end) offer(RECEIVE, desc);
        while (*(volatile u16 *)&q->used == seen) continue;
        __asm__ volatile("fence" ::: "memory");
        desc = (u16)q->used_ring[seen % SIZE][0];
        end = q->used_ring[seen % SIZE][1];
        at = 0;
        seen++;
    }
    return ((volatile u8 *)buffers[desc])[at++];
}

void guest_main(u64 hart, const void *tree)
{
    char line[LINE];
    (void)hart;
    (void)tree;
    put(R_STATUS, 0);
    set_up(RECEIVE);
    set_up(TRANSMIT);
    put(R_STATUS, DRIVER_OK);
    for (u16 i = 0; i < SIZE; i++) {
        queues[RECEIVE].desc[i].address = (u64)buffers[i];
        queues[RECEIVE].desc[i].size = BUFFER;
        queues[RECEIVE].desc[i].flags = DESC_WRITE;
        offer(RECEIVE, i);
    }
    write_text("ready\n", 6);
    for (;;) {
        u32 n = 0;
        do line[n++] = (char)read_byte();
        while (line[n - 1] != '\n' && n < LINE);
        write_text("again: ", 7);
        write_text(line, n);
        if (n == 4 && line[0] == 'e' && line[1] == 'n' && line[2] == 'd') shutdown(false);
    }
}
