/* A virtio disk: in the machine's RAM, a module of the device tree, or a partition of a real one.
 */
#include "firmware/devices/virtio.h"

enum { ID = 2, ID_SIZE = 20, FLUSH = 4, GET_ID = 8, UNSUPPORTED = 2 };
enum { F_SEG_MAX = 1 << 2, F_FLUSH = 1 << 9 };

u8 block_copy(const struct virtio *d, u8 *at, u32 n)
{
    u32 copied = d->header.type == WRITE
                     ? chain_read(&d->request, sizeof d->header + d->done, at, n)
                     : chain_write(&d->request, d->done, at, n);
    return copied == n ? OK : IO_ERROR;
}

/* The next part of a request to read or write so many bytes. */
static u8 move(struct virtio *d, u32 size)
{
    u64 end = d->disk.size / SECTOR, sector = d->header.sector, at = sector * SECTOR + d->done;
    if (size % SECTOR || sector > end || size / SECTOR > end - sector) return IO_ERROR;
    u32 n = (u32)min(size - d->done, PART);
    if (!n) return OK; /* real disks take that for a fault, and stop */
    u8 status = d->disk.base ? block_copy(d, (u8 *)d->disk.base + at, n)
                             : disk_step(d, d->start + at / SECTOR, n);
    if (status == OK) d->done += n;
    d->busy = status == NOT_YET || (status == OK && d->done < size);
    return status;
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

bool block_add(struct vm *vm, struct range disk, u64 partition)
{
    struct range sectors = {0, disk.size / SECTOR};
    struct virtio *d = virtio_add(vm, 1, ID, F_SEG_MAX | F_FLUSH, step);
    if (!d || (!disk.size && !disk_partition(partition, &sectors))) return false;
    const u64 config[] = {sectors.size, (u64)(CHAIN_SIZE - 2) << 32 /* seg_max */};
    memcpy(d->config, config, sizeof config);
    d->disk = (struct range){disk.base, sectors.size * SECTOR};
    d->start = sectors.base;
    d->answer = NOT_YET;
    return true;
}
