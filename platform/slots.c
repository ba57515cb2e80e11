#include "platform/slots.h"

#include "platform/message.h"
#include "platform/virtio_rng.h"

static bool add(struct slots *s, const struct virtio_model *model, const struct dma *dma,
                const struct irq_line *lines)
{
    unsigned n = s->count;
    s->virtio[n] = virtio_new(n, model, dma, lines[n]);
    s->count += s->virtio[n] != NULL;
    return s->virtio[n] || complain("out of memory");
}

static bool add_disk(struct slots *s, const struct board_disk *disk, const struct dma *dma,
                     const struct irq_line *lines)
{
    unsigned n = s->count;
    s->disks[n] = disk_open(disk->file, disk->mode);
    if (!s->disks[n]) return false;
    s->blocks[n] = virtio_blk_new(s->disks[n], n);
    if (!s->blocks[n]) return complain("out of memory");
    const struct virtio_model model = virtio_blk_model(s->blocks[n]);
    return add(s, &model, dma, lines);
}

static bool add_all(struct slots *s, const struct board_config *config, const struct dma *dma,
                    const struct irq_line *lines)
{
    if (config->disk_count + config->rng > VIRTIO_SLOTS)
        return complain("the board has %d slots for disks and the like, and %u are asked for",
                        VIRTIO_SLOTS, config->disk_count + config->rng);
    for (unsigned k = 0; k < config->disk_count; k++)
        if (!add_disk(s, &config->disks[k], dma, lines)) return false;
    if (!config->rng) return true;
    s->entropy = ~config->seed; /* other numbers than rng-seed's */
    const struct virtio_model model = virtio_rng_model(&s->entropy);
    return add(s, &model, dma, lines);
}

bool slots_begin(struct slots *s, const struct board_config *config, const struct dma *dma,
                 const struct irq_line *lines, struct device_bus *bus)
{
    static const struct virtio_model nothing;
    if (!add_all(s, config, dma, lines)) return false;
    for (unsigned n = 0; n < VIRTIO_SLOTS; n++) {
        if (!s->virtio[n]) s->virtio[n] = virtio_new(n, &nothing, dma, (struct irq_line){0});
        if (!s->virtio[n]) return complain("out of memory");
        const struct device d = virtio_device(s->virtio[n]);
        if (!bus_add(bus, &d)) return false;
    }
    return true;
}

void slots_end(struct slots *s)
{
    for (unsigned n = 0; n < VIRTIO_SLOTS; n++) {
        virtio_free(s->virtio[n]);
        virtio_blk_free(s->blocks[n]);
        disk_close(s->disks[n]);
    }
}

void slots_reset(struct slots *s)
{
    for (unsigned n = 0; n < s->count; n++) virtio_reset(s->virtio[n]);
}

bool slots_are_behind(const struct slots *s)
{
    for (unsigned n = 0; n < s->count; n++)
        if (virtio_is_behind(s->virtio[n])) return true;
    return false;
}

void slots_update(struct slots *s)
{
    for (unsigned n = 0; n < s->count; n++) virtio_update(s->virtio[n]);
}
