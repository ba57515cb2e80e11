/* frames: sends numbered frames to another VM without a pause, and looks at those that come from
 * there (Virtual I/O Device specification 1.2, 2.7 and 5.1). Any may be lost, but none may come
 * twice, late, in parts or changed. "peer=N" in the arguments is the other VM's number. It says how
 * many came, from time to time, and ends when a byte is typed. */
#include "guests/guest.h"

typedef uint16_t u16;

#define NET ((volatile u32 *)0x10001000)
enum { R_QUEUE_SEL = 0x30, R_QUEUE_NUM = 0x38, R_QUEUE_READY = 0x44, R_QUEUE_NOTIFY = 0x50 };
enum { R_STATUS = 0x70, R_DESC = 0x80, R_DRIVER = 0x90, R_DEVICE = 0xa0, DRIVER_OK = 15 };
enum { RECEIVE = 0, TRANSMIT = 1, SIZE = 8, DESC_WRITE = 2, WORDS = 100, SAID = 100 };

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

/* The device's header (12 bytes), the frame: to, from, type, and the number, many times. */
static struct packet {
    u8 header[12], to[6], from[6], type[2], padding[6];
    u64 words[WORDS];
} packets[2][SIZE];

static void put(u64 reg, u64 value)
{
    NET[reg / 4] = (u32)value;
}

static void place(u64 reg, const void *part)
{
    put(reg, (u64)part);
    put(reg + 4, (u64)part >> 32);
}

static void set_up(u32 which, u16 flags)
{
    struct queue *q = &queues[which];
    put(R_QUEUE_SEL, which);
    put(R_QUEUE_NUM, SIZE);
    place(R_DESC, q->desc);
    place(R_DRIVER, &q->avail_flags);
    place(R_DEVICE, &q->used_flags);
    put(R_QUEUE_READY, 1);
    for (u16 i = 0; i < SIZE; i++) {
        q->desc[i].address = (u64)&packets[which][i];
        q->desc[i].size = sizeof packets[which][i];
        q->desc[i].flags = flags;
        q->avail_ring[i] = i;
    }
}

static u16 used(u32 which)
{
    u16 n = *(volatile u16 *)&queues[which].used;
    __asm__ volatile("fence" ::: "memory");
    return n;
}

/* One more buffer; its place in the ring is always its own. */
static void offer(u32 which)
{
    struct queue *q = &queues[which];
    __asm__ volatile("fence" ::: "memory");
    *(volatile u16 *)&q->avail = (u16)(q->avail + 1);
    __asm__ volatile("fence" ::: "memory");
    put(R_QUEUE_NOTIFY, which);
}

static void send(u64 number)
{
    struct packet *p = &packets[TRANSMIT][queues[TRANSMIT].avail % SIZE];
    for (unsigned i = 0; i < WORDS; i++) p->words[i] = number;
    offer(TRANSMIT);
    while (used(TRANSMIT) != queues[TRANSMIT].avail) continue;
}

/* Takes what has come, not much at a time, lest the other's eagerness keep this one from sending.
 */
static void receive(void)
{
    static u16 seen;
    static u64 last, count;
    for (unsigned n = 0; n < SIZE && used(RECEIVE) != seen; n++, seen++) {
        const volatile struct packet *p = &packets[RECEIVE][seen % SIZE];
        u64 number = p->words[0];
        bool good = queues[RECEIVE].used_ring[seen % SIZE][1] == sizeof *p && number > last;
        for (unsigned i = 0; i < WORDS; i++) good &= p->words[i] == number;
        if (!good) print("frame %u behind %u: WRONG\n", number, last);
        last = number;
        if (++count % SAID == 0) print("%u frames have come\n", count);
        offer(RECEIVE);
    }
}

void guest_main(u64 hart, const void *tree)
{
    enum { SBI_GETCHAR = 2, LOOK = 256 };
    const char *peer = (const char *)tree_property(tree, "bootargs");
    (void)hart;
    while (peer[0] != 'p' || peer[4] != '=') peer++;
    for (unsigned i = 0; i < SIZE; i++)
        __builtin_memcpy(packets[TRANSMIT][i].to,
                         (u8[]){0x52, 0x54, 0, 'v', 'm', (u8)(peer[5] - '0')}, 6);
    put(R_STATUS, 0);
    set_up(RECEIVE, DESC_WRITE);
    set_up(TRANSMIT, 0);
    put(R_STATUS, DRIVER_OK);
    for (unsigned i = 0; i < SIZE; i++) offer(RECEIVE);
    for (u64 n = 1; n % LOOK || sbi_call(SBI_GETCHAR, 0, 0, 0, 0).error < 0; n++) {
        send(n);
        receive();
    }
    shutdown(false);
}
