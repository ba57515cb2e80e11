/* A disk of the machine: a virtio block device (VIRTIO 1.2, 4.2 and 5.2), one request at a time.
 * FLUSH is not negotiated, so that what is written is kept when it is done. */
#include "firmware/devices/virtio.h"

enum { BLOCK_DEVICE = 2, DESCRIPTORS = 4, HEADER_SIZE = 16, STATUS_DRIVER = 3 /* and 1 */ };

static volatile u32 *registers;

/* What the device reads and writes. */
static volatile struct {
    u32 type, reserved;
    u64 sector;
    struct descriptor descriptors[DESCRIPTORS];
    u16 driver_flags, available, ring[DESCRIPTORS], padding[2];
    u16 device_flags, used;
    u32 used_ring[DESCRIPTORS][2];
    u8 status;
} queue __attribute__((aligned(16)));

static void set_address(unsigned reg, const volatile void *place)
{
    registers[reg / 4] = (u32)(u64)place;
    registers[reg / 4 + 1] = (u32)((u64)place >> 32);
}

static void begin(u64 base)
{
    u32 status = STATUS_DRIVER | STATUS_FEATURES_OK;
    volatile u32 *r = (volatile u32 *)base;
    if (r[REG_MAGIC] != MAGIC || r[REG_VERSION / 4] != VERSION ||
        r[REG_DEVICE_ID / 4] != BLOCK_DEVICE)
        return;
    registers = r;
    r[REG_STATUS / 4] = 0;
    r[REG_STATUS / 4] = STATUS_DRIVER;
    r[REG_DRIVER_FEATURES_SEL / 4] = 1;
    r[REG_DRIVER_FEATURES / 4] = VIRTIO_F_VERSION_1 >> 32;
    r[REG_STATUS / 4] = status;
    r[REG_QUEUE_SEL / 4] = 0;
    r[REG_QUEUE_NUM / 4] = DESCRIPTORS;
    set_address(REG_QUEUE_DESC, queue.descriptors);
    set_address(REG_QUEUE_DRIVER, &queue.driver_flags);
    set_address(REG_QUEUE_DEVICE, &queue.device_flags);
    r[REG_QUEUE_READY / 4] = 1;
    r[REG_STATUS / 4] = status | STATUS_DRIVER_OK;
}

/* What is on its way, and whose it is: nobody's, if that one has gone. */
static u8 buffer[PART];
static struct virtio *owner;

static void submit(bool write, u64 sector, u32 size)
{
    u16 flags = DESC_NEXT | (write ? 0 : DESC_WRITE);
    queue.descriptors[0] = (struct descriptor){(u64)&queue.type, HEADER_SIZE, DESC_NEXT, 1};
    queue.descriptors[1] = (struct descriptor){(u64)buffer, size, flags, 2};
    queue.descriptors[2] = (struct descriptor){(u64)&queue.status, 1, DESC_WRITE, 0};
    queue.type = write;
    queue.sector = sector;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    queue.available++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    registers[REG_QUEUE_NOTIFY / 4] = 0;
}

/* Whether the disk still works for somebody. */
static bool is_busy(void)
{
    bool busy = queue.used != queue.available;
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* what it has read was there before it said so */
    return busy;
}

/* Who finds the disk done sees to its owner's answer first, since that one may never ask again. */
u8 disk_step(struct virtio *d, u64 sector, u32 n)
{
    if (is_busy()) return NOT_YET;
    if (owner && owner->vm->state != ENDED) {
        owner->answer = queue.status;
        if (queue.type == READ)
            owner->answer |= block_copy(owner, buffer, queue.descriptors[1].size);
    }
    owner = NULL;
    u8 answer = d->answer;
    d->answer = NOT_YET;
    if (answer != NOT_YET) return answer;
    if (d->header.type == WRITE && block_copy(d, buffer, n)) return IO_ERROR;
    submit(d->header.type == WRITE, sector, n);
    owner = d;
    return NOT_YET;
}

void disk_forget(struct virtio *d)
{
    d->answer = NOT_YET;
    if (owner == d) owner = NULL;
}

/* The machine's first disk, when it is wanted. */
static bool find(void)
{
    struct range r;
    int soc = fdt_find(fdt_root(), "soc"), node = fdt_child(soc);
    for (; !registers && node != FDT_NONE; node = fdt_sibling(node))
        if (fdt_compatible(node, "virtio,mmio") && fdt_reg(soc, node, 0, &r)) begin(r.base);
    return registers;
}

/* ---- partitions: while no VM runs yet ---- */

static bool read_sector(u64 sector)
{
    submit(false, sector, SECTOR);
    while (is_busy()) cpu_relax();
    return queue.status == OK;
}

/* A number in the sector that was read. */
static u64 field(u64 at, unsigned size)
{
    u64 value = 0;
    memcpy(&value, buffer + at, size);
    return value;
}

/* A GUID partition table (UEFI specification 2.10, 5.3). Its checksums are left to who made it. */
static bool find_in_gpt(u64 number, struct range *sectors)
{
    enum { ENTRIES = 72, COUNT = 80, SIZE = 84, FIRST = 32, LAST = 40 };
    if (!read_sector(1) || memcmp(buffer, "EFI PART", 8) || number > field(COUNT, 4)) return false;
    u64 at = (number - 1) * field(SIZE, 4);
    if (!read_sector(field(ENTRIES, 8) + at / SECTOR)) return false;
    at %= SECTOR;
    u64 first = field(at + FIRST, 8), last = field(at + LAST, 8);
    *sectors = (struct range){first, last - first + 1};
    return last >= first && (field(at, 8) || field(at + 8, 8) /* its type */);
}

/* The first sector has a table of four, or says that there is another sort of table. */
bool disk_partition(u64 number, struct range *sectors)
{
    enum { TABLE = 446, ENTRY = 16, TYPE = 4, START = 8, COUNT = 12, SIGNATURE = 510 };
    enum { BOOT_SIGNATURE = 0xaa55, GPT = 0xee };
    u64 at = TABLE + (number - 1) * ENTRY;
    if (!number || !find() || !read_sector(0) || field(SIGNATURE, 2) != BOOT_SIGNATURE)
        return false;
    if (buffer[TABLE + TYPE] == GPT) return find_in_gpt(number, sectors);
    if (number > 4) return false;
    *sectors = (struct range){field(at + START, 4), field(at + COUNT, 4)};
    return buffer[at + TYPE] && sectors->size;
}
