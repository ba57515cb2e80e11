/* A driver for the first virtio disk (VIRTIO 1.2, 4.2 and 5.2), on the bare machine: ends with 0,
 * or with the number of the check that failed.
 *
 * The disk: sector 0 begins with "sector zero", sector 1 with code that gives 2, sector 2 is for
 * writing. What is left there: "written" at its start, and how often this ran behind that. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long u64;

volatile u64 tohost __attribute__((aligned(64))), fromhost __attribute__((aligned(64)));

enum { MAGIC, DEVICE_ID = 2, DRIVER_FEATURES = 8, DRIVER_FEATURES_SEL, QUEUE_SEL = 12 };
enum { QUEUE_SIZE = 14, QUEUE_READY = 17, NOTIFY = 20, INTERRUPT_STATUS = 24, INTERRUPT_ACK };
enum { STATUS = 28, QUEUE_DESC = 32, QUEUE_DRIVER = 36, QUEUE_DEVICE = 40, CAPACITY = 64 };
#define DEVICE ((volatile u32 *)0x10001000)

#define PLIC_PRIORITY  ((volatile u32 *)0xc000000)
#define PLIC_ENABLE    (*(volatile u32 *)0xc002000)
#define PLIC_THRESHOLD (*(volatile u32 *)0xc200000)
#define PLIC_CLAIM     (*(volatile u32 *)0xc200004)

enum { IN, OUT, FLUSH = 4, SIZE = 4, NEXT = 1, WRITE = 2 };

static struct {
    struct {
        u64 address;
        u32 length;
        u16 flags, next;
    } desc[SIZE];
    u16 avail_flags, avail, ring[SIZE];
    u32 used_flags_index;
    struct {
        u32 head, length;
    } used[SIZE];
    u32 type, reserved;
    u64 sector;
    u8 status;
} volatile queue __attribute__((aligned(4096)));

static u8 page[4096] __attribute__((aligned(4096)));
u8 stack[4096] __attribute__((aligned(16)));

__attribute__((noreturn)) static void finish(u64 code)
{
    tohost = code << 1 | 1;
    for (;;) continue;
}

static void check(u64 number, int good)
{
    if (!good) finish(number);
}

static void set_address(unsigned reg, const volatile void *place)
{
    DEVICE[reg] = (u32)(u64)place;
    DEVICE[reg + 1] = (u32)((u64)place >> 32);
}

static void begin(void)
{
    DEVICE[STATUS] = 0;
    DEVICE[STATUS] = 3;
    DEVICE[DRIVER_FEATURES_SEL] = 1;
    DEVICE[DRIVER_FEATURES] = 1;
    DEVICE[STATUS] = 11;
    check(2, DEVICE[STATUS] == 11);
    DEVICE[QUEUE_SEL] = 0;
    DEVICE[QUEUE_SIZE] = SIZE;
    set_address(QUEUE_DESC, queue.desc);
    set_address(QUEUE_DRIVER, &queue.avail_flags);
    set_address(QUEUE_DEVICE, &queue.used_flags_index);
    DEVICE[QUEUE_READY] = 1;
    DEVICE[STATUS] = 15;
}

/* When this comes back, the request is on its way. */
static void submit(u32 type, u64 sector, void *data, u32 size)
{
    queue.desc[0].address = (u64)&queue.type;
    queue.desc[0].length = 16;
    queue.desc[0].flags = NEXT;
    queue.desc[0].next = size ? 1 : 2;
    queue.desc[1].address = (u64)data;
    queue.desc[1].length = size;
    queue.desc[1].flags = NEXT | (type == IN ? WRITE : 0);
    queue.desc[1].next = 2;
    queue.desc[2].address = (u64)&queue.status;
    queue.desc[2].length = 1;
    queue.desc[2].flags = WRITE;
    queue.type = type;
    queue.sector = sector;
    queue.status = 255;
    queue.ring[queue.avail % SIZE] = 0;
    __asm__ volatile("fence rw, rw" ::: "memory");
    queue.avail++;
    __asm__ volatile("fence rw, rw" ::: "memory");
    DEVICE[NOTIFY] = 0;
}

/* Sleep until the interrupt has come, by way of the PLIC; the request's status. */
static u8 wait(void)
{
    while (queue.used_flags_index >> 16 != queue.avail) __asm__ volatile("wfi");
    check(3, PLIC_CLAIM == 1);
    check(4, DEVICE[INTERRUPT_STATUS] == 1);
    DEVICE[INTERRUPT_ACK] = 1;
    PLIC_CLAIM = 1;
    check(5, PLIC_CLAIM == 0);
    return queue.status;
}

static u8 request(u32 type, u64 sector, void *data, u32 size)
{
    submit(type, sector, data, size);
    return wait();
}

static int is(const u8 *data, const char *text)
{
    while (*text)
        if (*data++ != (u8)*text++) return 0;
    return 1;
}

/* Code that the disk brings takes the place of code that has run, often enough to be translated. */
static void test_code(void)
{
    static const u32 one[] = {0x00100513, 0x00008067}; /* li a0, 1; ret */
    int (*function)(void) = (int (*)(void))page;
    for (unsigned k = 0; k < 2; k++) ((u32 *)page)[k] = one[k];
    __asm__ volatile("fence.i" ::: "memory");
    for (unsigned k = 0; k < 1000; k++) check(20, function() == 1);
    check(21, request(IN, 1, page, 512) == 0);
    __asm__ volatile("fence.i" ::: "memory");
    check(22, function() == 2);
}

/* The device writes what an LR has read, though the same value: the SC must fail (unpriv. spec,
 * Zalrsc: "if a write from some other device to the bytes accessed by the LR" comes between). */
static void test_reservation(void)
{
    u64 *word = (u64 *)page, old, failed;
    check(30, request(IN, 0, page, 512) == 0); /* once more by hand, with the same descriptors */
    page[8] = 0;
    queue.ring[queue.avail % SIZE] = 0;
    queue.avail++;
    __asm__ volatile("lr.d %0, (%2)\n"
                     "sw zero, (%3)\n"
                     "sc.d %1, zero, (%2)"
                     : "=&r"(old), "=&r"(failed)
                     : "r"(word), "r"(&DEVICE[NOTIFY])
                     : "memory");
    check(31, wait() == 0);
    check(32, failed);
    check(33, is(page, "sector zero"));
}

static void test_disk(void)
{
    check(10, request(IN, 0, page, 512) == 0);
    check(11, is(page, "sector zero"));
    check(12, request(IN, 2, page, 512) == 0);
    for (unsigned k = 0; k < 7; k++) page[k] = (u8) "written"[k];
    page[7]++;
    check(13, request(OUT, 2, page, 512) == 0);
    check(14, request(FLUSH, 0, page, 0) == 0);
    page[0] = 0;
    check(15, request(IN, 2, page, 512) == 0);
    check(16, is(page, "written"));
    u64 end = DEVICE[CAPACITY];
    check(17, request(IN, end, page, 512) == 1);
    check(18, request(IN, end - 1, page, 512) == 0);
}

__attribute__((used)) static void program(void)
{
    check(1, DEVICE[MAGIC] == 0x74726976 && DEVICE[DEVICE_ID] == 2);
    PLIC_PRIORITY[1] = 1;
    PLIC_ENABLE = 2;
    PLIC_THRESHOLD = 0;
    __asm__ volatile("csrs mie, %0" ::"r"(1 << 11)); /* so that wfi ends; it is not taken */
    begin();
    test_disk();
    test_code();
    test_reservation();
    finish(0);
}

__attribute__((naked, section(".text.first"))) void _start(void)
{
    __asm__ volatile("csrr t0, mhartid\n"
                     "1: bnez t0, 1b\n"
                     "la sp, stack + 4096\n"
                     "j program");
}
