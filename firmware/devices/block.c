/* A virtio disk in the machine's RAM: a module of the device tree. */
#include "firmware/devices/virtio.h"

enum { ID = 2, SECTOR = 512, PART = 64 << 10 /* of a request in a step */, ID_SIZE = 20 };
enum { READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8 };
enum { OK = 0, IO_ERROR = 1, UNSUPPORTED = 2 };
enum { F_SEG_MAX = 1 << 2, F_FLUSH = 1 << 9 };

/* The next part of a request to read or write so many bytes. */
static u8 move(struct virtio *d, u32 size)
{
    u64 end = d->disk.size / SECTOR, sector = d->header.sector;
    if (size % SECTOR || sector > end || size / SECTOR > end - sector) return IO_ERROR;
    u8 *at = (u8 *)d->disk.base + sector * SECTOR + d->done;
    u32 n = size - d->done < PART ? size - d->done : PART;
    u32 moved = d->header.type == WRITE ? chain_read(&d->request, sizeof d->header + d->done, at, n)
                                        : chain_write(&d->request, d->done, at, n);
    d->done += moved;
    d->busy = moved == n && d->done < size;
    return moved == n ? OK : IO_ERROR;
}

static u8 perform(struct virtio *d, u32 room)
{
    switch (d->header.type) {
    case READ: return move(d, room - 1);
    case WRITE: return move(d, chain_size(&d->request, true) - (u32)sizeof d->header);
    case FLUSH: return OK;
    case GET_ID: d->done = chain_write(&d->request, 0, "vmm", room > ID_SIZE ? 4 : 0); return OK;
    default: return UNSUPPORTED;
    }
}

/* The last byte that the device writes is the status. */
static bool step(struct virtio *d, unsigned queue)
{
    struct chain *c = &d->request;
    if (queue || (!d->busy && !virtio_take(d, 0, c))) return false;
    if (!d->busy) {
        d->done = 0;
        if (chain_read(c, 0, &d->header, sizeof d->header) < sizeof d->header) d->header.type = ~0u;
    }
    d->busy = false;
    u32 room = chain_size(c, false);
    u8 status = perform(d, room);
    if (d->busy) return true;
    u32 moved = d->header.type == WRITE ? 0 : d->done;
    virtio_give(d, 0, c, moved + chain_write(c, room - 1, &status, 1));
    return true;
}

bool block_add(struct vm *vm, struct range disk)
{
    struct virtio *d = virtio_add(vm, 1, ID, F_SEG_MAX | F_FLUSH, step);
    const u64 config[] = {disk.size / SECTOR, (u64)(CHAIN_SIZE - 2) << 32 /* seg_max */};
    if (!d) return false;
    memcpy(d->config, config, sizeof config);
    d->disk = disk;
    return true;
}
