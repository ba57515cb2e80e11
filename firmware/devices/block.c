/* A virtio disk: in the machine's RAM, a module of the device tree, or a partition of a real one.
 */
#include "firmware/devices/virtio.h"

enum { ID = 2, FLUSH = 4, UNSUPPORTED = 2 };
enum { CONFIG_SEG_MAX = 12, SEGMENTS = CHAIN_SIZE - 2, F_SEG_MAX = 1 << 2, F_FLUSH = 1 << 9 };

struct header {
    u32 type, reserved;
    u64 sector;
};

/* The bytes to be moved, if the disk has so many there. */
static bool size_of(const struct virtio *d, u32 *size)
{
    u64 end = d->partition.size;
    *size = d->type == WRITE ? chain_size(&d->request, true) - REQUEST_HEADER
                             : chain_size(&d->request, false) - 1;
    return *size % SECTOR == 0 && d->sector <= end && *size / SECTOR <= end - d->sector;
}

u8 block_copy(const struct virtio *d, u8 *at, u32 n)
{
    u32 copied = d->type == WRITE ? chain_read(&d->request, REQUEST_HEADER + d->done, at, n)
                                  : chain_write(&d->request, d->done, at, n);
    return copied == n ? OK : IO_ERROR;
}

/* The next part of a request to read or write. */
static u8 move(struct virtio *d)
{
    u32 size;
    if (!size_of(d, &size)) return IO_ERROR;
    u32 n = (u32)min(size - d->done, PART);
    u64 at = d->sector * SECTOR + d->done;
    u8 status =
        d->disk ? block_copy(d, d->disk + at, n) : disk_step(d, d->partition.base + at / SECTOR, n);
    if (status == OK) d->done += n;
    d->busy = status == NOT_YET || (status == OK && d->done < size);
    return status;
}

static u8 perform(struct virtio *d)
{
    switch (d->type) {
    case READ:
    case WRITE: return move(d);
    case FLUSH: return OK;
    default: return UNSUPPORTED;
    }
}

/* Takes the next request. One without room for the status can only be given back. */
static bool begin(struct virtio *d)
{
    struct header h = {0};
    if (!virtio_take(d, 0, &d->request)) return false;
    bool whole = chain_read(&d->request, 0, &h, REQUEST_HEADER) == REQUEST_HEADER;
    d->type = whole ? h.type : ~0u;
    d->sector = h.sector;
    d->done = 0;
    return true;
}

/* The last byte that the device writes is the status. */
static bool step(struct virtio *d, unsigned queue)
{
    if (queue || (!d->busy && !begin(d))) return false;
    u32 room = chain_size(&d->request, false), written = 0;
    d->busy = false;
    if (room) {
        u8 status = perform(d);
        if (d->busy) return true;
        chain_write(&d->request, room - 1, &status, 1);
        written = (d->type == WRITE ? 0 : d->done) + 1;
    }
    virtio_give(d, 0, &d->request, written);
    return true;
}

bool block_add(struct vm *vm, struct range disk, u64 partition)
{
    u32 segments = SEGMENTS;
    struct virtio *d = virtio_add(vm, 1, ID, F_SEG_MAX | F_FLUSH, step);
    if (!d) return false;
    d->disk = (u8 *)disk.base;
    d->partition.size = disk.size / SECTOR;
    if (!disk.size && !disk_partition(partition, &d->partition)) return false;
    memcpy(d->config, &d->partition.size, sizeof d->partition.size);
    memcpy(d->config + CONFIG_SEG_MAX, &segments, sizeof segments);
    return true;
}
