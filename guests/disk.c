/* disk: a small driver of the virtio disk that vmm gives (VIRTIO 1.2, 4.2 and 5.2), which reads the
 * first sector, writes the second and the last ones, and tries to get beyond. Each line says
 * whether it was right. With "again" at the end of its arguments it then writes and reads on, all
 * over the disk but for the first sector, says how often, and ends when a byte is typed. */
#include "guests/guest.h"

#define REGISTERS ((volatile u32 *)0x10002000)

enum { DEVICE_ID = 0x8, DRIVER_FEATURES = 0x20, DRIVER_FEATURES_SEL = 0x24, QUEUE_SEL = 0x30 };
enum { QUEUE_NUM = 0x38, QUEUE_READY = 0x44, QUEUE_NOTIFY = 0x50, STATUS = 0x70 };
enum { QUEUE_DESC = 0x80, QUEUE_DRIVER = 0x90, QUEUE_DEVICE = 0xa0, CAPACITY = 0x100 };
enum { BLOCK = 2, READY = 15, NEXT = 1, WRITE_ONLY = 2, ENTRIES = 4, SECTOR = 512, MOST = 16 };
enum { READ = 0, WRITE = 1, FLUSH = 4, OK = 0, IO_ERROR = 1, UNSUPPORTED = 2, UNTOUCHED = 9 };

static struct {
    struct descriptor {
        u64 address;
        u32 size;
        uint16_t flags, next;
    } descriptors[ENTRIES];
    uint16_t driver_flags, available, ring[ENTRIES], unused[2];
    uint16_t device_flags, used;
    struct {
        u32 id, size;
    } used_ring[ENTRIES];
} queue __attribute__((aligned(16)));

static u8 first[MOST * SECTOR], second[MOST * SECTOR];

static void check(const char *what, bool good)
{
    print("%s: %s\n", what, good ? "right" : "WRONG");
}

static void set_address(unsigned reg, const void *place)
{
    REGISTERS[reg / 4] = (u32)(u64)place;
    REGISTERS[reg / 4 + 1] = (u32)((u64)place >> 32);
}

static void begin(void)
{
    REGISTERS[STATUS / 4] = 0;
    REGISTERS[STATUS / 4] = 3;
    REGISTERS[DRIVER_FEATURES_SEL / 4] = 1;
    REGISTERS[DRIVER_FEATURES / 4] = 1; /* VERSION_1 */
    REGISTERS[STATUS / 4] = 11;
    REGISTERS[QUEUE_SEL / 4] = 0;
    REGISTERS[QUEUE_NUM / 4] = ENTRIES;
    set_address(QUEUE_DESC, queue.descriptors);
    set_address(QUEUE_DRIVER, &queue.driver_flags);
    set_address(QUEUE_DEVICE, &queue.device_flags);
    REGISTERS[QUEUE_READY / 4] = 1;
    REGISTERS[STATUS / 4] = READY;
}

/* One request; the status that the device gave. */
static u8 request(u32 type, u64 sector, void *buffer, u32 size)
{
    static struct {
        u32 type, reserved;
        u64 sector;
    } header;
    static volatile u8 status;
    header.type = type;
    header.sector = sector;
    status = UNTOUCHED;
    queue.descriptors[0] = (struct descriptor){(u64)&header, sizeof header, NEXT, size ? 1 : 2};
    queue.descriptors[1] =
        (struct descriptor){(u64)buffer, size, NEXT | (type == READ ? WRITE_ONLY : 0), 2};
    queue.descriptors[2] = (struct descriptor){(u64)&status, 1, WRITE_ONLY, 0};
    queue.available++;
    __asm__ volatile("fence" ::: "memory");
    REGISTERS[QUEUE_NOTIFY / 4] = 0;
    while (*(volatile uint16_t *)&queue.used != queue.available) continue;
    return status;
}

static void fill(u64 key)
{
    for (unsigned i = 0; i < sizeof first; i++) {
        key = key * 6364136223846793005ull + 1442695040888963407ull;
        first[i] = (u8)(key >> 56);
        second[i] = 0;
    }
}

static bool same(u64 size)
{
    u64 at = 0;
    while (at < size && first[at] == second[at]) at++;
    return at == size;
}

static void try_write(const char *what, u64 sector, u32 size)
{
    fill(sector);
    check(what, request(WRITE, sector, first, size) == OK);
    check("is kept", request(FLUSH, 0, NULL, 0) == OK);
    check("and read back", request(READ, sector, second, size) == OK && same(size));
}

static void go_on(u64 sectors)
{
    enum { SBI_GETCHAR = 2, SAID = 20 };
    for (u64 n = 1; sbi_call(SBI_GETCHAR, 0, 0, 0, 0).error < 0; n++) {
        u64 at = 1 + (n * 37) % (sectors - MOST - 1);
        fill(n);
        bool good = request(WRITE, at, first, sizeof first) == OK;
        good &= request(READ, 0, second, SECTOR) == OK && second[0] == 's';
        good &= request(READ, at, second, sizeof second) == OK && same(sizeof first);
        if (!good) check("a round", false);
        if (n % SAID == 0) print("%u rounds\n", n);
    }
}

void guest_main(u64 hart, const void *tree)
{
    const char *arguments = (const char *)tree_property(tree, "bootargs");
    (void)hart;
    u64 sectors = *(const volatile u64 *)&REGISTERS[CAPACITY / 4];
    check("there is a disk", REGISTERS[DEVICE_ID / 4] == BLOCK);
    begin();
    print("it has %u sectors\n", sectors);
    check("a read", request(READ, 0, first, SECTOR) == OK);
    first[20] = 0;
    print("it begins: %s\n", first);
    try_write("a write", 1, SECTOR);
    try_write("one at the end", sectors - MOST, sizeof first);
    check("a read beyond", request(READ, sectors, first, SECTOR) == IO_ERROR);
    check("one that begins before", request(READ, sectors - 1, first, 2 * SECTOR) == IO_ERROR);
    check("one far away", request(READ, ~0ull, first, SECTOR) == IO_ERROR);
    check("a write beyond", request(WRITE, sectors, first, SECTOR) == IO_ERROR);
    check("a piece of a sector", request(READ, 0, first, 100) == IO_ERROR);
    check("something unknown", request(99, 0, first, SECTOR) == UNSUPPORTED);
    check("the first again", request(READ, 0, second, SECTOR) == OK && second[0] == 's');
    if (arguments && arguments[text_size(arguments) - 1] == 'n') go_on(sectors);
    shutdown(false);
}
