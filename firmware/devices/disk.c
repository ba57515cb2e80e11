/* A disk of the machine: a virtio block device (VIRTIO 1.2, 4.2 and 5.2), one request at a time.
 * FLUSH is not negotiated, so that what is written is kept when it is done. */
#include "firmware/devices/virtio.h"

enum { BLOCK_DEVICE = 2, DESCRIPTORS = 4, HEADER_SIZE = 16, STATUS_DRIVER = 3 /* and 1 */ };

static volatile u32 *registers;

/* What the device reads and writes. */
static volatile struct {
    struct descriptor descriptors[DESCRIPTORS];
    u16 driver_flags, available, ring[DESCRIPTORS];
    u64 device_flags_and_used, used[DESCRIPTORS];
    u32 type, reserved;
    u64 sector;
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
    set_address(REG_QUEUE_DEVICE, &queue.device_flags_and_used);
    r[REG_QUEUE_READY / 4] = 1;
    r[REG_STATUS / 4] = status | STATUS_DRIVER_OK;
}

/* What is on its way, and whose it is. When nobody's, the disk may still work for one who has gone.
 */
static u8 buffer[PART];
static const struct virtio *owner;

static void submit(bool write, u64 sector, u32 size)
{
    u16 flags = DESC_NEXT | (write ? 0 : DESC_WRITE);
    queue.descriptors[0] = (struct descriptor){(u64)&queue.type, HEADER_SIZE, DESC_NEXT, 1};
    queue.descriptors[1] = (struct descriptor){(u64)buffer, size, flags, 2};
    queue.descriptors[2] = (struct descriptor){(u64)&queue.status, 1, DESC_WRITE, 0};
    queue.type = write;
    queue.sector = sector;
    queue.status = NOT_YET;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    queue.available++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    registers[REG_QUEUE_NOTIFY / 4] = 0;
}

/* What a VM that is paused or has ended had begun is forgotten; the former begins it anew. */
u8 disk_step(const struct virtio *d, u64 sector, u32 n)
{
    if (owner != d) {
        if (queue.status == NOT_YET || (owner && owner->vm->state == LIVE)) return NOT_YET;
        if (d->header.type == WRITE && block_copy(d, buffer, n)) return IO_ERROR;
        submit(d->header.type == WRITE, sector, n);
        owner = d;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (queue.status == NOT_YET) return NOT_YET;
    owner = NULL;
    return d->header.type == READ ? queue.status | block_copy(d, buffer, n) : queue.status;
}

void disk_forget(const struct virtio *d)
{
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

/* From the table in the first sector: four entries of 16 bytes, with start and size at their end.
 */
bool disk_partition(u64 number, struct range *sectors)
{
    enum { TABLE = 446, ENTRY = 16, TYPE = 4, START = 8, SIGNATURE = 510 };
    u32 place[2];
    if (number < 1 || number > 4 || !find()) return false;
    submit(false, 0, SECTOR);
    while (queue.status == NOT_YET) cpu_relax();
    const u8 *entry = buffer + TABLE + (number - 1) * ENTRY;
    memcpy(place, entry + START, sizeof place);
    *sectors = (struct range){place[0], place[1]};
    return !queue.status && buffer[SIGNATURE] == 0x55 && buffer[SIGNATURE + 1] == 0xaa &&
           entry[TYPE] && place[1];
}
