/* A virtio disk in the machine's RAM: a module of the device tree. */
#include "firmware/devices/virtio.h"

enum { ID = 2, SECTOR = 512, REQUEST_MAX = 64 << 10, HEADER_SIZE = 16, ID_SIZE = 20 };
enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8 };
enum { OK = 0, IO_ERROR = 1, UNSUPPORTED = 2 };
enum { CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, SEGMENTS = 8 };
#define F_SIZE_MAX BIT(1)
#define F_SEG_MAX  BIT(2)
#define F_FLUSH    BIT(9)

struct request {
    u32 type, reserved;
    u64 sector;
};

/* The part of the disk that a request is about; NULL if there is not that much. */
static u8 *part(const struct virtio *d, u64 sector, u64 size)
{
    u64 end = d->disk_size / SECTOR;
    if (size > REQUEST_MAX || size % SECTOR || sector > end || size / SECTOR > end - sector)
        return NULL;
    return d->disk + sector * SECTOR;
}

/* Does what the request asks; what it has put into the guest's buffers goes to *written. */
static u8 perform(const struct virtio *d, const struct chain *c, u64 room, u32 *written)
{
    struct request r;
    if (chain_read(c, 0, &r, HEADER_SIZE) != HEADER_SIZE) return IO_ERROR;
    u64 size = r.type == WRITE ? chain_size(c, true) - HEADER_SIZE : room;
    u8 *at = part(d, r.sector, size);
    switch (r.type) {
    case READ:
        if (at) *written = chain_write(c, 0, at, (u32)size);
        return at && *written == size ? OK : IO_ERROR;
    case WRITE: return at && chain_read(c, HEADER_SIZE, at, (u32)size) == size ? OK : IO_ERROR;
    case FLUSH: return OK;
    case GET_ID: *written = chain_write(c, 0, "vmm", room < ID_SIZE ? 0 : sizeof "vmm"); return OK;
    default: return UNSUPPORTED;
    }
}

/* The last byte that the device writes is the status. */
static void notify(struct virtio *d, unsigned queue)
{
    struct chain c;
    for (unsigned i = 0; queue == 0 && i < QUEUE_SIZE && virtio_take(d, 0, &c); i++) {
        u64 room = chain_size(&c, false);
        u32 written = 0;
        if (!room || room > REQUEST_MAX + 1) {
            virtio_give(d, 0, &c, 0);
            continue;
        }
        u8 status = perform(d, &c, room - 1, &written);
        chain_write(&c, (u32)room - 1, &status, 1);
        virtio_give(d, 0, &c, written + 1);
    }
}

bool block_add(struct vm *vm, struct range disk)
{
    struct virtio *d = virtio_add(vm, 1, ID, F_SIZE_MAX | F_SEG_MAX | F_FLUSH);
    u64 sectors = disk.size / SECTOR;
    u32 segment = REQUEST_MAX / SEGMENTS, segments = SEGMENTS;
    if (!d) return false;
    memcpy(d->config, &sectors, sizeof sectors);
    memcpy(d->config + CONFIG_SIZE_MAX, &segment, sizeof segment);
    memcpy(d->config + CONFIG_SEG_MAX, &segments, sizeof segments);
    d->disk = (u8 *)disk.base;
    d->disk_size = disk.size;
    d->notify = notify;
    return true;
}
