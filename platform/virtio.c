#include "platform/virtio.h"

#include "platform/node.h"

#include <stdlib.h>
#include <string.h>

/* The registers (4.2.2). */
enum {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE_ID = 0x008,
    REG_VENDOR_ID = 0x00c,
    REG_DEVICE_FEATURES = 0x010,
    REG_DEVICE_FEATURES_SEL = 0x014,
    REG_DRIVER_FEATURES = 0x020,
    REG_DRIVER_FEATURES_SEL = 0x024,
    REG_QUEUE_SEL = 0x030,
    REG_QUEUE_SIZE_MAX = 0x034,
    REG_QUEUE_SIZE = 0x038,
    REG_QUEUE_READY = 0x044,
    REG_QUEUE_NOTIFY = 0x050,
    REG_INTERRUPT_STATUS = 0x060,
    REG_INTERRUPT_ACK = 0x064,
    REG_STATUS = 0x070,
    REG_QUEUE_DESC_LOW = 0x080,
    REG_QUEUE_DESC_HIGH = 0x084,
    REG_QUEUE_DRIVER_LOW = 0x090,
    REG_QUEUE_DRIVER_HIGH = 0x094,
    REG_QUEUE_DEVICE_LOW = 0x0a0,
    REG_QUEUE_DEVICE_HIGH = 0x0a4,
    REG_SHM_LEN_LOW = 0x0b0, /* of a region of shared memory that is not there: all ones */
    REG_SHM_BASE_HIGH = 0x0bc,
    REG_CONFIG = 0x100,
};

enum { MAGIC = 0x74726976, VERSION = 2, VENDOR = 0x554d4551 /* "QEMU", which xv6 wants */ };

enum {
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
    STATUS_NEEDS_RESET = 64,

    INTERRUPT_USED = 1,
    INTERRUPT_CONFIG = 2,
};

#define F_INDIRECT_DESC BIT(28) /* section 6 */
#define F_EVENT_IDX     BIT(29)
#define F_VERSION_1     BIT(32)

enum { SERVED_AT_ONCE = 4 * QUEUE_MAX };

struct virtio {
    struct virtio_model model;
    struct dma dma;
    struct irq_line irq;
    unsigned slot;

    u32 device_features_sel, driver_features_sel, queue_sel;
    u64 driver_features;
    u8 status, interrupt_status;
    u8 behind; /* BIT(queue) */
    struct virtqueue queues[VIRTIO_QUEUES];
    struct chain chain; /* the one that is being served */
};

static u64 offered(const struct virtio *v)
{
    return v->model.features | F_INDIRECT_DESC | F_EVENT_IDX | F_VERSION_1;
}

bool virtio_has(const struct virtio *v, u64 feature)
{
    return v->driver_features & feature;
}

const struct dma *virtio_dma(const struct virtio *v)
{
    return &v->dma;
}

/* ---- interrupts ---- */

static void set_interrupt_status(struct virtio *v, u8 status)
{
    v->interrupt_status = status;
    irq_set(&v->irq, status != 0);
}

/* The driver has done what no driver may: nothing more happens until it resets the device (2.1.2).
 */
static void need_reset(struct virtio *v)
{
    bool tell = v->status & STATUS_DRIVER_OK;
    v->status |= STATUS_NEEDS_RESET;
    v->behind = 0;
    if (tell) set_interrupt_status(v, v->interrupt_status | INTERRUPT_CONFIG);
}

/* ---- queues ---- */

static struct queue_features queue_features(const struct virtio *v)
{
    return (struct queue_features){virtio_has(v, F_INDIRECT_DESC), virtio_has(v, F_EVENT_IDX)};
}

static bool is_live(const struct virtio *v)
{
    const u8 agreed = STATUS_DRIVER_OK | STATUS_FEATURES_OK;
    return (v->status & (agreed | STATUS_NEEDS_RESET)) == agreed;
}

static bool serve_chain(struct virtio *v, unsigned k)
{
    u32 written = 0;
    return v->model.serve(v->model.state, v, k, &v->chain, &written) &&
           virtqueue_give(&v->queues[k], &v->dma, v->chain.head, written);
}

static bool serve_chains(struct virtio *v, unsigned k)
{
    for (unsigned n = 0; n < SERVED_AT_ONCE; n++) {
        switch (virtqueue_take(&v->queues[k], &v->dma, queue_features(v), &v->chain)) {
        case TAKE_NONE: return true;
        case TAKE_BROKEN: return false;
        case TAKE_CHAIN:
            if (!serve_chain(v, k)) return false;
        }
    }
    v->behind |= (u8)BIT(k);
    return true;
}

static void serve(struct virtio *v, unsigned k)
{
    struct virtqueue *q = &v->queues[k];
    bool wanted;
    v->behind &= (u8)~BIT(k);
    if (!is_live(v) || !q->ready) return;
    if (!serve_chains(v, k) || !virtqueue_wants_interrupt(q, &v->dma, queue_features(v), &wanted))
        need_reset(v);
    else if (wanted)
        set_interrupt_status(v, v->interrupt_status | INTERRUPT_USED);
}

bool virtio_is_behind(const struct virtio *v)
{
    return v->behind;
}

void virtio_update(struct virtio *v)
{
    for (unsigned k = 0; k < v->model.queues; k++)
        if (v->behind & BIT(k)) serve(v, k);
}

/* ---- registers ---- */

void virtio_reset(struct virtio *v)
{
    v->device_features_sel = v->driver_features_sel = v->queue_sel = 0;
    v->driver_features = 0;
    v->status = v->behind = 0;
    memset(v->queues, 0, sizeof v->queues);
    set_interrupt_status(v, 0);
}

/* FEATURES_OK stays clear when the driver wants what is not offered (3.1.1). One that does not
 * mention VERSION_1 may be refused as well (6.2), but xv6 does not, and these registers know no
 * other version. Chains may have come before DRIVER_OK; nobody looked at them. */
static void set_status(struct virtio *v, u8 status)
{
    bool was_live = is_live(v);
    if (v->driver_features & ~offered(v)) status &= (u8)~STATUS_FEATURES_OK;
    v->status = status | (v->status & STATUS_NEEDS_RESET);
    for (unsigned k = 0; !was_live && k < v->model.queues; k++) serve(v, k);
}

/* The queue that is selected; NULL: there is none of this number. */
static struct virtqueue *selected(struct virtio *v)
{
    return v->queue_sel < v->model.queues ? &v->queues[v->queue_sel] : NULL;
}

static void set_ready(struct virtio *v, struct virtqueue *q, bool ready)
{
    if (ready && !q->ready && !virtqueue_start(q, &v->dma)) {
        need_reset(v);
        return;
    }
    q->ready = ready;
}

static void set_low(u64 *address, u32 value)
{
    *address = (*address & ~(u64)UINT32_MAX) | value;
}

static void set_high(u64 *address, u32 value)
{
    *address = (u32)*address | (u64)value << 32;
}

/* What a queue that is in use is made of does not change. */
static void queue_write(struct virtio *v, struct virtqueue *q, u64 offset, u32 value)
{
    if (offset == REG_QUEUE_READY) set_ready(v, q, value & 1);
    if (q->ready) return;
    switch (offset) {
    case REG_QUEUE_SIZE: q->size = value; break;
    case REG_QUEUE_DESC_LOW: set_low(&q->desc, value); break;
    case REG_QUEUE_DESC_HIGH: set_high(&q->desc, value); break;
    case REG_QUEUE_DRIVER_LOW: set_low(&q->driver, value); break;
    case REG_QUEUE_DRIVER_HIGH: set_high(&q->driver, value); break;
    case REG_QUEUE_DEVICE_LOW: set_low(&q->device, value); break;
    case REG_QUEUE_DEVICE_HIGH: set_high(&q->device, value); break;
    }
}

static void set_driver_features(struct virtio *v, u32 value)
{
    if (v->status & STATUS_FEATURES_OK) return; /* agreed is agreed */
    if (v->driver_features_sel == 0) set_low(&v->driver_features, value);
    if (v->driver_features_sel == 1) set_high(&v->driver_features, value);
}

static void register_write(struct virtio *v, u64 offset, u32 value)
{
    struct virtqueue *q = selected(v);
    switch (offset) {
    case REG_DEVICE_FEATURES_SEL: v->device_features_sel = value; break;
    case REG_DRIVER_FEATURES_SEL: v->driver_features_sel = value; break;
    case REG_DRIVER_FEATURES: set_driver_features(v, value); break;
    case REG_QUEUE_SEL: v->queue_sel = value; break;
    case REG_QUEUE_NOTIFY:
        if (value < v->model.queues) serve(v, value);
        break;
    case REG_INTERRUPT_ACK: set_interrupt_status(v, v->interrupt_status & (u8)~value); break;
    case REG_STATUS:
        if (value)
            set_status(v, (u8)value);
        else
            virtio_reset(v);
        break;
    default:
        if (q) queue_write(v, q, offset, value);
    }
}

static u32 register_read(struct virtio *v, u64 offset)
{
    const struct virtqueue *q = selected(v);
    switch (offset) {
    case REG_MAGIC: return MAGIC;
    case REG_VERSION: return VERSION;
    case REG_DEVICE_ID: return v->model.id;
    case REG_VENDOR_ID: return VENDOR;
    }
    if (!v->model.id) return 0; /* 4.2.2.2 */
    switch (offset) {
    case REG_DEVICE_FEATURES:
        return v->device_features_sel < 2 ? (u32)(offered(v) >> 32 * v->device_features_sel) : 0;
    case REG_QUEUE_SIZE_MAX: return q ? QUEUE_MAX : 0;
    case REG_QUEUE_READY: return q && q->ready;
    case REG_INTERRUPT_STATUS: return v->interrupt_status;
    case REG_STATUS: return v->status;
    default: return offset >= REG_SHM_LEN_LOW && offset <= REG_SHM_BASE_HIGH ? UINT32_MAX : 0;
    }
}

static u64 config_read(const struct virtio *v, u64 offset, unsigned size)
{
    u64 value = 0;
    if (offset + size <= v->model.config_size)
        memcpy(&value, (const u8 *)v->model.config + offset, size);
    return value;
}

/* Registers are 32 bits wide and know no other access; the configuration is read as its fields are
 * (4.2.2.2). */
static u64 virtio_read(void *state, u64 offset, unsigned size)
{
    struct virtio *v = state;
    if (offset >= REG_CONFIG) return config_read(v, offset - REG_CONFIG, size);
    return size == 4 ? register_read(v, offset) : 0;
}

static void virtio_write(void *state, u64 offset, unsigned size, u64 value)
{
    struct virtio *v = state;
    if (offset < REG_CONFIG && size == 4) register_write(v, offset, (u32)value);
}

/* ---- the device ---- */

static int virtio_describe(const struct device *d, void *fdt)
{
    const struct virtio *v = d->state;
    if (!v->model.id) return 0;
    struct node n = node_begin_at(fdt, "virtio_mmio", d->base);
    node_string(&n, "compatible", "virtio,mmio");
    node_reg(&n, d->base, d->size);
    node_interrupt(&n, &v->irq);
    return node_end(&n);
}

struct device virtio_device(struct virtio *v)
{
    return (struct device){.name = "virtio",
                           .base = VIRTIO_BASE + (u64)v->slot * VIRTIO_SIZE,
                           .size = VIRTIO_SIZE,
                           .widths = 1 | 2 | 4,
                           .state = v,
                           .read = virtio_read,
                           .write = virtio_write,
                           .describe = virtio_describe};
}

struct virtio *virtio_new(unsigned slot, const struct virtio_model *model, const struct dma *dma,
                          struct irq_line irq)
{
    struct virtio *v = calloc(1, sizeof *v);
    if (!v) return NULL;
    v->model = *model;
    v->dma = *dma;
    v->irq = irq;
    v->slot = slot;
    return v;
}

void virtio_free(struct virtio *v)
{
    free(v);
}
