/* A virtio disk in the machine's RAM: a module of the device tree. */
#include "firmware/devices/virtio.h"

enum {
    ID = 2,
    SECTOR = 512,
    PART = 64 << 10 /* copied in a step */,
    HEADER_SIZE = 16,
    ID_SIZE = 20
};
enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8 };
enum { OK = 0, IO_ERROR = 1, UNSUPPORTED = 2 };
enum { CONFIG_SEG_MAX = 12, SEGMENTS = CHAIN_SIZE - 2 };
#define F_SEG_MAX BIT(2)
#define F_FLUSH   BIT(9)

struct header {
    u32 type, reserved;
    u64 sector;
};

/* The bytes to be moved, if the disk has so many there. */
static bool size_of(const struct virtio *d, u32 *size)
{
    u64 end = d->disk_size / SECTOR;
    *size = d->type == WRITE ? chain_size(&d->request, true) - HEADER_SIZE
                             : chain_size(&d->request, false) - 1;
    return *size % SECTOR == 0 && d->sector <= end && *size / SECTOR <= end - d->sector;
}

/* The next part of a request to read or write. */
static u8 move(struct virtio *d)
{
    u32 size;
    if (!size_of(d, &size)) return IO_ERROR;
    u8 *at = d->disk + d->sector * SECTOR + d->done;
    u32 n = size - d->done < PART ? size - d->done : PART;
    u32 moved = d->type == WRITE ? chain_read(&d->request, HEADER_SIZE + d->done, at, n)
                                 : chain_write(&d->request, d->done, at, n);
    d->done += moved;
    d->busy = moved == n && d->done < size;
    return moved == n ? OK : IO_ERROR;
}

static u8 perform(struct virtio *d)
{
    switch (d->type) {
    case READ:
    case WRITE: return move(d);
    case FLUSH: return OK;
    case GET_ID:
        if (chain_size(&d->request, false) > ID_SIZE)
            d->done = chain_write(&d->request, 0, "vmm", sizeof "vmm");
        return OK;
    default: return UNSUPPORTED;
    }
}

/* Takes the next request. One without room for the status can only be given back. */
static bool begin(struct virtio *d)
{
    struct header h = {0};
    if (!virtio_take(d, 0, &d->request)) return false;
    bool whole = chain_read(&d->request, 0, &h, HEADER_SIZE) == HEADER_SIZE;
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

bool block_add(struct vm *vm, struct range disk)
{
    struct virtio *d = virtio_add(vm, 1, ID, F_SEG_MAX | F_FLUSH);
    u64 sectors = disk.size / SECTOR;
    u32 segments = SEGMENTS;
    if (!d) return false;
    memcpy(d->config, &sectors, sizeof sectors);
    memcpy(d->config + CONFIG_SEG_MAX, &segments, sizeof segments);
    d->disk = (u8 *)disk.base;
    d->disk_size = disk.size;
    d->step = step;
    return true;
}
