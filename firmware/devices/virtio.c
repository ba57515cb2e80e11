/* What all virtio devices have in common: registers and queues. */
#include "firmware/devices/virtio.h"

enum { BASE = 0x10001000, SIZE = 0x1000, IRQ = 1, STEPS = 4 /* at one exit */ };
enum { MAGIC = 0x74726976, VERSION = 2, VENDOR = 0x766d6d };
enum { REG_MAGIC = 0x000, REG_VERSION = 0x004, REG_DEVICE_ID = 0x008, REG_VENDOR_ID = 0x00c };
enum { REG_DEVICE_FEATURES = 0x010, REG_DEVICE_FEATURES_SEL = 0x014 };
enum { REG_DRIVER_FEATURES = 0x020, REG_DRIVER_FEATURES_SEL = 0x024 };
enum { REG_QUEUE_SEL = 0x030, REG_QUEUE_NUM_MAX = 0x034, REG_QUEUE_NUM = 0x038 };
enum { REG_QUEUE_READY = 0x044, REG_QUEUE_NOTIFY = 0x050 };
enum { REG_QUEUE_DESC = 0x080, REG_QUEUE_DRIVER = 0x090, REG_QUEUE_DEVICE = 0x0a0 };
enum { REG_INTERRUPT_STATUS = 0x060, REG_INTERRUPT_ACK = 0x064, REG_STATUS = 0x070 };
enum { REG_CONFIG = 0x100 };
enum { STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8, STATUS_NEEDS_RESET = 0x40 };
enum { INTERRUPT_USED = 1, INTERRUPT_CONFIG = 2, DESC_NEXT = 1, DESC_WRITE = 2 };

struct descriptor {
    u64 gpa;
    u32 size;
    u16 flags, next;
};

static void raise(struct virtio *d, u32 why)
{
    d->interrupt |= why;
    plic_set(d->vm, d->irq, d->interrupt != 0);
}

static void reset(struct virtio *d)
{
    d->status = d->interrupt = d->refused = d->done = 0;
    d->busy = false;
    memset(d->queues, 0, sizeof d->queues);
    plic_set(d->vm, d->irq, false);
}

static bool break_down(struct virtio *d)
{
    d->status |= STATUS_NEEDS_RESET;
    raise(d, INTERRUPT_CONFIG);
    return false;
}

/* ---- queues ---- */

/* The guest physical address of a part of the queue. */
static u64 place(const struct queue *q, unsigned reg)
{
    const u32 *low = &q->places[(reg - REG_QUEUE_DESC) / 4];
    return (u64)low[1] << 32 | low[0];
}

static bool read_chain(struct virtio *d, const struct queue *q, u16 index, struct chain *c)
{
    struct descriptor e;
    u64 size = 0;
    c->count = c->readable = 0;
    do {
        if (index >= q->size || c->count == CHAIN_SIZE ||
            !gstage_read(d->vm, place(q, REG_QUEUE_DESC) + (u64)index * sizeof e, &e, sizeof e))
            return false;
        bool readable = !(e.flags & DESC_WRITE);
        if (readable && c->readable != c->count) return false; /* what is written comes last */
        c->readable += readable;
        c->pieces[c->count++] = (struct piece){e.gpa, e.size};
        size += e.size;
        index = e.next;
    } while (e.flags & DESC_NEXT);
    return size == (u32)size;
}

bool virtio_take(struct virtio *d, unsigned queue, struct chain *c)
{
    struct queue *q = &d->queues[queue];
    u16 available;
    if (!q->ready || !(d->status & STATUS_DRIVER_OK) || (d->status & STATUS_NEEDS_RESET))
        return false;
    if (!gstage_read(d->vm, place(q, REG_QUEUE_DRIVER) + 2, &available, 2)) return break_down(d);
    if (available == q->seen) return false;
    if ((u16)(available - q->seen) > q->size) return break_down(d);
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* what is in the ring was there before its index */
    u64 at = place(q, REG_QUEUE_DRIVER) + 4 + 2 * (u64)(q->seen & (q->size - 1));
    c->vm = d->vm;
    if (!gstage_read(d->vm, at, &c->head, 2) || !read_chain(d, q, c->head, c)) return break_down(d);
    q->seen++;
    return true;
}

void virtio_give(struct virtio *d, unsigned queue, const struct chain *c, u32 written)
{
    struct queue *q = &d->queues[queue];
    u32 entry[2] = {c->head, written};
    u64 at = place(q, REG_QUEUE_DEVICE) + 4 + sizeof entry * (u64)(q->used & (q->size - 1));
    q->used++;
    gstage_write(d->vm, at, entry, sizeof entry);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    gstage_write(d->vm, place(q, REG_QUEUE_DEVICE) + 2, &q->used, 2);
    raise(d, INTERRUPT_USED);
}

static u32 chain_copy(const struct chain *c, bool readable, u32 offset, u8 *buffer, u32 size)
{
    u32 done = 0;
    unsigned end = readable ? c->readable : c->count;
    for (unsigned i = readable ? 0 : c->readable; i < end && done < size; i++) {
        const struct piece *p = &c->pieces[i];
        if (offset >= p->size) {
            offset -= p->size;
            continue;
        }
        u32 n = p->size - offset;
        if (n > size - done) n = size - done;
        bool good = readable ? gstage_read(c->vm, p->gpa + offset, buffer + done, n)
                             : gstage_write(c->vm, p->gpa + offset, buffer + done, n);
        if (!good) break;
        done += n;
        offset = 0;
    }
    return done;
}

u32 chain_read(const struct chain *c, u32 offset, void *to, u32 size)
{
    return chain_copy(c, true, offset, to, size);
}

u32 chain_write(const struct chain *c, u32 offset, const void *from, u32 size)
{
    return chain_copy(c, false, offset, (u8 *)(uintptr_t)from, size);
}

u32 chain_size(const struct chain *c, bool readable)
{
    u32 size = 0;
    unsigned end = readable ? c->readable : c->count;
    for (unsigned i = readable ? 0 : c->readable; i < end; i++) size += c->pieces[i].size;
    return size;
}

/* ---- registers ---- */

static u32 offered(const struct virtio *d, u32 word)
{
    return word < 2 ? (u32)(d->features >> 32 * word) : 0;
}

static u64 read(struct vm *vm, void *state, u64 offset, unsigned size)
{
    const struct virtio *d = state;
    u64 value = 0;
    if (offset >= REG_CONFIG) {
        if (offset - REG_CONFIG + size <= CONFIG_SIZE)
            memcpy(&value, d->config + (offset - REG_CONFIG), size);
        return value;
    }
    if (size != 4) return 0;
    switch (offset) {
    case REG_MAGIC: return MAGIC;
    case REG_VERSION: return VERSION;
    case REG_DEVICE_ID: return d->id;
    case REG_VENDOR_ID: return VENDOR;
    case REG_DEVICE_FEATURES: return offered(d, d->features_word);
    case REG_QUEUE_NUM_MAX: return d->queue < QUEUES ? QUEUE_SIZE : 0;
    case REG_QUEUE_READY: return d->queue < QUEUES && d->queues[d->queue].ready;
    case REG_INTERRUPT_STATUS: return d->interrupt;
    case REG_STATUS: return d->status;
    default: return 0;
    }
}

static void write_queue(struct queue *q, u64 offset, u64 value)
{
    if (offset == REG_QUEUE_NUM && value <= QUEUE_SIZE && !(value & (value - 1)))
        q->size = (u16)value;
    if (offset == REG_QUEUE_READY) q->ready = (value & 1) && q->size;
    if (offset >= REG_QUEUE_DESC && offset < REG_QUEUE_DESC + sizeof q->places)
        q->places[(offset - REG_QUEUE_DESC) / 4] = (u32)value;
}

static void write(struct vm *vm, void *state, u64 offset, unsigned size, u64 value)
{
    struct virtio *d = state;
    unsigned steps = 0;
    if (size != 4) return;
    switch (offset) {
    case REG_DEVICE_FEATURES_SEL: d->features_word = (u32)value; break;
    case REG_DRIVER_FEATURES_SEL: d->accepted_word = (u32)value; break;
    case REG_DRIVER_FEATURES: d->refused |= (u32)value & ~offered(d, d->accepted_word); break;
    case REG_QUEUE_SEL: d->queue = (u32)value; break;
    case REG_QUEUE_NOTIFY:
        while (value < QUEUES && steps < STEPS && d->step(d, (unsigned)value)) steps++;
        vm->unfinished = steps == STEPS;
        break;
    case REG_INTERRUPT_ACK:
        d->interrupt &= ~(u32)value;
        plic_set(d->vm, d->irq, d->interrupt != 0);
        break;
    case REG_STATUS:
        if (!value) reset(d);
        if (d->refused) value &= ~(u64)STATUS_FEATURES_OK;
        d->status = (u32)value | (d->status & STATUS_NEEDS_RESET);
        break;
    default:
        if (d->queue < QUEUES) write_queue(&d->queues[d->queue], offset, value);
    }
}

static const struct device_kind kind = {"virtio_mmio", "virtio,mmio", read, write, NULL};

struct virtio *virtio_add(struct vm *vm, unsigned n, u32 id, u64 features,
                          bool (*step)(struct virtio *d, unsigned queue))
{
    struct device *d = device_add(vm, &kind, BASE + n * SIZE, SIZE, IRQ + n);
    if (!d) return NULL;
    struct virtio *v = d->state;
    *v = (struct virtio){
        .vm = vm, .irq = d->irq, .id = id, .step = step, .features = features | VIRTIO_F_VERSION_1};
    return v;
}
