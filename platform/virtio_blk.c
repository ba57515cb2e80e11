#include "platform/virtio_blk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_DEVICE = 2 };

#define F_SEG_MAX  BIT(2)
#define F_RO       BIT(5)
#define F_BLK_SIZE BIT(6)
#define F_FLUSH    BIT(9)

/* 5.2.6 */
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_GET_ID = 8 };
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };

struct header {
    u32 type, reserved;
    u64 sector;
};

/* 5.2.4, as far as the features that are offered make use of it. */
struct config {
    u64 capacity; /* sectors */
    u32 size_max, segments_max, geometry, block_size;
};

enum { ID_SIZE = 20, PART = 1 << 16 };

struct virtio_blk {
    struct disk *disk;
    struct config config;
    char id[ID_SIZE];
    u8 part[PART]; /* of a request's data, on its way */
};

struct request {
    const struct chain *chain;
    const struct dma *dma;
    u64 sector;
    u64 out, in; /* bytes of data from the driver, and to it; behind them is the status */
    u64 done;    /* bytes written to it so far */
};

static u8 read_disk(struct virtio_blk *b, struct request *r)
{
    if (!disk_holds(b->disk, r->sector, r->in)) return STATUS_IO_ERROR;
    while (r->done < r->in) {
        u64 part = r->in - r->done < PART ? r->in - r->done : PART;
        if (!disk_read(b->disk, r->sector + r->done / SECTOR, b->part, part) ||
            !chain_write(r->chain, r->dma, r->done, b->part, part))
            return STATUS_IO_ERROR;
        r->done += part;
    }
    return STATUS_OK;
}

static u8 write_disk(struct virtio_blk *b, const struct request *r, bool keep)
{
    if (!disk_holds(b->disk, r->sector, r->out)) return STATUS_IO_ERROR;
    for (u64 at = 0, part; at < r->out; at += part) {
        part = r->out - at < PART ? r->out - at : PART;
        if (!chain_read(r->chain, r->dma, sizeof(struct header) + at, b->part, part) ||
            !disk_write(b->disk, r->sector + at / SECTOR, b->part, part))
            return STATUS_IO_ERROR;
    }
    return !keep || disk_flush(b->disk) ? STATUS_OK : STATUS_IO_ERROR;
}

static u8 get_id(const struct virtio_blk *b, struct request *r)
{
    u64 size = r->in < ID_SIZE ? r->in : ID_SIZE;
    if (!chain_write(r->chain, r->dma, 0, b->id, size)) return STATUS_IO_ERROR;
    r->done = size;
    return STATUS_OK;
}

/* A driver that knows of no FLUSH counts on what is written being kept when it is done (5.2.5.2).
 */
static u8 execute(struct virtio_blk *b, const struct virtio *v, struct request *r, u32 type)
{
    switch (type) {
    case TYPE_IN: return read_disk(b, r);
    case TYPE_OUT: return write_disk(b, r, !virtio_has(v, F_FLUSH));
    case TYPE_FLUSH: return disk_flush(b->disk) ? STATUS_OK : STATUS_IO_ERROR;
    case TYPE_GET_ID: return get_id(b, r);
    default: return STATUS_UNSUPPORTED;
    }
}

/* The status is the last byte of all; when not everything before it was written, it is no part of
 * what the used ring may call written (2.7.8.2). */
static bool serve(void *state, const struct virtio *v, unsigned queue, const struct chain *c,
                  u32 *written)
{
    (void)queue;
    struct virtio_blk *b = state;
    struct header h;
    if (!chain_read(c, virtio_dma(v), 0, &h, sizeof h) || !c->write_size) return false;
    struct request r = {.chain = c,
                        .dma = virtio_dma(v),
                        .sector = h.sector,
                        .out = c->read_size - sizeof h,
                        .in = c->write_size - 1};
    u8 status = execute(b, v, &r, h.type);
    if (!chain_write(c, r.dma, r.in, &status, sizeof status)) return false;
    *written = (u32)(r.done == r.in ? c->write_size : r.done);
    return true;
}

struct virtio_blk *virtio_blk_new(struct disk *disk, unsigned number)
{
    struct virtio_blk *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->disk = disk;
    b->config.capacity = disk_sectors(disk);
    b->config.segments_max = CHAIN_MAX - 2; /* besides header and status */
    b->config.block_size = SECTOR;
    snprintf(b->id, sizeof b->id, "vhart-disk%u", number);
    return b;
}

void virtio_blk_free(struct virtio_blk *b)
{
    free(b);
}

struct virtio_model virtio_blk_model(struct virtio_blk *b)
{
    u64 features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | (disk_is_read_only(b->disk) ? F_RO : 0);
    return (struct virtio_model){.id = BLOCK_DEVICE,
                                 .features = features,
                                 .queues = 1,
                                 .config = &b->config,
                                 .config_size = sizeof b->config,
                                 .state = b,
                                 .serve = serve};
}
