/* A virtio disk: in the machine's RAM, a module of the device tree, or a partition of a real one.
 */
#include "firmware/devices/virtio.h"

enum { ID = 2, SECTOR = 512, REQUEST_MAX = 64 << 10, HEADER_SIZE = 16, ID_SIZE = 20 };
enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8, OK = 0, IO_ERROR = 1, UNSUPPORTED = 2 };
enum { CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, SEGMENTS = 8 };
enum { F_SIZE_MAX = 1 << 1, F_SEG_MAX = 1 << 2, F_FLUSH = 1 << 9 };

struct request {
    u32 type, reserved;
    u64 sector;
};

/* What is on its way between a guest and a disk, for one request at a time. */
static u8 buffer[REQUEST_MAX];

/* Moves sectors between the buffer and the disk; false if it has no such sectors. */
static bool move(const struct virtio *d, bool write, u64 sector, u64 size)
{
    u8 *at = d->disk + sector * SECTOR;
    if (size > REQUEST_MAX || size % SECTOR || sector > d->partition.size ||
        size / SECTOR > d->partition.size - sector)
        return false;
    if (!d->disk) return disk_move(write, d->partition.base + sector, buffer, (u32)size);
    memcpy(write ? at : buffer, write ? buffer : at, size);
    return true;
}

/* Does what the request asks; what it has put into the guest's buffers goes to *written. */
static u8 perform(const struct virtio *d, const struct chain *c, u64 room, u32 *written)
{
    struct request r;
    if (chain_read(c, 0, &r, HEADER_SIZE) != HEADER_SIZE) return IO_ERROR;
    u64 size = chain_size(c, true) - HEADER_SIZE;
    switch (r.type) {
    case READ:
        if (!move(d, false, r.sector, room)) return IO_ERROR;
        *written = chain_write(c, 0, buffer, (u32)room);
        return *written == room ? OK : IO_ERROR;
    case WRITE:
        if (size > REQUEST_MAX || chain_read(c, HEADER_SIZE, buffer, (u32)size) != size)
            return IO_ERROR;
        return move(d, true, r.sector, size) ? OK : IO_ERROR;
    case FLUSH: return OK;
    case GET_ID: *written = chain_write(c, 0, "vmm", room < ID_SIZE ? 0 : sizeof "vmm"); return OK;
    default: return UNSUPPORTED;
    }
}

/* The last byte that the device writes is the status. */
static void notify(struct virtio *d, unsigned queue)
{
    static bool busy; /* the buffer is in use */
    struct chain c;
    for (unsigned i = 0; queue == 0 && i < QUEUE_SIZE && virtio_take(d, 0, &c); i++) {
        u64 room = chain_size(&c, false);
        u32 written = 0;
        if (!room || room > REQUEST_MAX + 1) {
            virtio_give(d, 0, &c, 0);
            continue;
        }
        while (busy) let_others();
        busy = true;
        u8 status = perform(d, &c, room - 1, &written);
        busy = false;
        chain_write(&c, (u32)room - 1, &status, 1);
        virtio_give(d, 0, &c, written + 1);
    }
}

bool block_add(struct vm *vm, struct range disk, u64 partition)
{
    u32 segment = REQUEST_MAX / SEGMENTS, segments = SEGMENTS;
    struct virtio *d = virtio_add(vm, 1, ID, F_SIZE_MAX | F_SEG_MAX | F_FLUSH, notify);
    if (!d) return false;
    d->disk = (u8 *)disk.base;
    d->partition.size = disk.size / SECTOR;
    if (!disk.size && !disk_partition(partition, &d->partition)) return false;
    memcpy(d->config, &d->partition.size, sizeof d->partition.size);
    memcpy(d->config + CONFIG_SIZE_MAX, &segment, sizeof segment);
    memcpy(d->config + CONFIG_SEG_MAX, &segments, sizeof segments);
    return true;
}
