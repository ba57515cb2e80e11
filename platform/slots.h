/* The board's virtio slots, and what is in them: the disks from the first slot on, then the rest.
 */
#ifndef PLATFORM_SLOTS_H
#define PLATFORM_SLOTS_H

#include "platform/board.h"
#include "platform/bus.h"
#include "platform/virtio.h"
#include "platform/virtio_blk.h"

struct slots {
    struct virtio *virtio[VIRTIO_SLOTS];
    unsigned count; /* that hold a device; those behind them are empty */
    struct disk *disks[VIRTIO_SLOTS];
    struct virtio_blk *blocks[VIRTIO_SLOTS];
    u64 entropy;
};

/* Open the disks, make the devices and put all slots on the bus; lines[n] is slot n's interrupt.
 * False, with a line on stderr. */
bool slots_begin(struct slots *s, const struct board_config *config, const struct dma *dma,
                 const struct irq_line *lines, struct device_bus *bus);
void slots_end(struct slots *s);
void slots_reset(struct slots *s);

/* True when a device has more to do than it did at once, and slots_update is to be called. */
bool slots_are_behind(const struct slots *s);
void slots_update(struct slots *s);

#endif
