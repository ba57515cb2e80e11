/* The virtio block device (VIRTIO 1.2, 5.2). */
#ifndef PLATFORM_VIRTIO_BLK_H
#define PLATFORM_VIRTIO_BLK_H

#include "platform/disk.h"
#include "platform/virtio.h"

struct virtio_blk;

/* A disk as such a device; number, from 0, goes into its serial number, "vhart-disk0". NULL when
 * memory runs out. The disk must outlive it. */
struct virtio_blk *virtio_blk_new(struct disk *disk, unsigned number);
void virtio_blk_free(struct virtio_blk *b);

struct virtio_model virtio_blk_model(struct virtio_blk *b);

#endif
