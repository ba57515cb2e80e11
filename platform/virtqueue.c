#include "platform/virtqueue.h"

/* A descriptor (2.7.5). */
struct descriptor {
    u64 address;
    u32 length;
    u16 flags, next;
};
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

enum { AVAIL_NO_INTERRUPT = 1 }; /* in the flags of the available ring (2.7.6) */

/* ---- the three areas ---- */

/* The fields of the rings: flags, index, entries, and at the end the other side's event index. */
static u64 avail_index(const struct virtqueue *q)
{
    return q->driver + 2;
}

static u64 avail_entry(const struct virtqueue *q, u16 n)
{
    return q->driver + 4 + 2 * (n & (q->size - 1));
}

static u64 used_event(const struct virtqueue *q)
{
    return q->driver + 4 + 2 * (u64)q->size;
}

static u64 used_entry(const struct virtqueue *q, u16 n)
{
    return q->device + 4 + 8 * (n & (q->size - 1));
}

static u64 avail_event(const struct virtqueue *q)
{
    return q->device + 4 + 8 * (u64)q->size;
}

static bool is_place(const struct dma *dma, u64 pa, u64 size, u64 align)
{
    return !(pa & (align - 1)) && dma->holds(dma->arg, pa, size);
}

/* The size is a power of 2; sizes and alignments of the areas are those of the table in 2.7. */
bool virtqueue_start(struct virtqueue *q, const struct dma *dma)
{
    u64 n = q->size;
    q->next = q->used = q->announced = 0;
    return n && n <= QUEUE_MAX && !(n & (n - 1)) && is_place(dma, q->desc, 16 * n, 16) &&
           is_place(dma, q->driver, 6 + 2 * n, 2) && is_place(dma, q->device, 6 + 8 * n, 4);
}

static bool read_u16(const struct dma *dma, u64 pa, u16 *value)
{
    return dma->read(dma->arg, pa, value, sizeof *value);
}

/* ---- taking a chain ---- */

/* How many entries of the available ring wait; false when there are more than it has. What the
 * driver wrote before it moved the index is seen behind this. */
static bool count_waiting(const struct virtqueue *q, const struct dma *dma, u16 *waiting)
{
    u16 index;
    if (!read_u16(dma, avail_index(q), &index)) return false;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    *waiting = (u16)(index - q->next);
    return *waiting <= q->size;
}

/* None seems to wait: ask to be notified of the next one, and look again, as it may have come in
 * between (2.7.10). */
static bool look_again(const struct virtqueue *q, const struct dma *dma, u16 *waiting)
{
    if (!dma->write(dma->arg, avail_event(q), &q->next, sizeof q->next)) return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return count_waiting(q, dma, waiting);
}

/* A table of descriptors: the queue's own, or an indirect one. */
struct table {
    u64 address;
    u32 count;
    bool indirect;
};

static bool add_buffer(struct chain *c, const struct dma *dma, const struct descriptor *d)
{
    bool writable = d->flags & DESC_WRITE;
    u64 *total = writable ? &c->write_size : &c->read_size;
    if (c->count == CHAIN_MAX || !dma->holds(dma->arg, d->address, d->length)) return false;
    if (!writable && c->readable != c->count) return false; /* 2.7.4.2: those to write come last */
    c->buffers[c->count].pa = d->address;
    c->buffers[c->count++].size = d->length;
    c->readable += !writable;
    *total += d->length;
    return c->read_size + c->write_size <= BIT(32); /* 2.7.5.1 */
}

/* The chain goes on in a table of its own (2.7.5.3). */
static bool enter_table(struct table *t, const struct descriptor *d)
{
    u32 count = d->length / sizeof *d;
    if (t->indirect || d->flags & DESC_NEXT || d->length % sizeof *d || !count) return false;
    *t = (struct table){d->address, count, true};
    return true;
}

/* Follow the chain from its head. A chain that comes back to itself is longer than any table. */
static bool follow(struct chain *c, const struct dma *dma, struct table t, bool indirect)
{
    struct descriptor d = {.flags = DESC_NEXT, .next = c->head};
    while (d.flags & DESC_NEXT) {
        u64 at = t.address + d.next * sizeof d;
        if (d.next >= t.count || !dma->read(dma->arg, at, &d, sizeof d)) return false;
        if (!(d.flags & DESC_INDIRECT)) {
            if (!add_buffer(c, dma, &d)) return false;
        } else {
            if (!indirect || !enter_table(&t, &d)) return false;
            d = (struct descriptor){.flags = DESC_NEXT};
        }
    }
    return true;
}

enum take virtqueue_take(struct virtqueue *q, const struct dma *dma, struct queue_features f,
                         struct chain *c)
{
    u16 waiting;
    if (!count_waiting(q, dma, &waiting)) return TAKE_BROKEN;
    if (!waiting && f.event_index && !look_again(q, dma, &waiting)) return TAKE_BROKEN;
    if (!waiting) return TAKE_NONE;
    c->count = c->readable = 0;
    c->read_size = c->write_size = 0;
    if (!read_u16(dma, avail_entry(q, q->next++), &c->head)) return TAKE_BROKEN;
    const struct table own = {q->desc, q->size, false};
    return follow(c, dma, own, f.indirect) ? TAKE_CHAIN : TAKE_BROKEN;
}

/* ---- giving it back ---- */

/* The entry, and what was written into the chain, are seen before the index that tells of them. */
bool virtqueue_give(struct virtqueue *q, const struct dma *dma, u16 head, u32 written)
{
    const u32 entry[2] = {head, written};
    if (!dma->write(dma->arg, used_entry(q, q->used), entry, sizeof entry)) return false;
    q->used++;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return dma->write(dma->arg, q->device + 2, &q->used, sizeof q->used);
}

/* With the event index, when used has moved past it (2.7.7.2); else, unless a flag says no. */
bool virtqueue_wants_interrupt(struct virtqueue *q, const struct dma *dma, struct queue_features f,
                               bool *wanted)
{
    u16 word, moved = (u16)(q->used - q->announced);
    q->announced = q->used;
    *wanted = false;
    if (!moved) return true;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!read_u16(dma, f.event_index ? used_event(q) : q->driver, &word)) return false;
    *wanted = f.event_index ? (u16)(q->used - word - 1) < moved : !(word & AVAIL_NO_INTERRUPT);
    return true;
}

/* ---- what is in it ---- */

/* The part of the buffers from first on that begins at offset; 0 when there is none. */
static u64 find_part(const struct chain *c, unsigned first, unsigned end, u64 offset, u64 *pa)
{
    for (unsigned k = first; k < end; k++) {
        if (offset < c->buffers[k].size) {
            *pa = c->buffers[k].pa + offset;
            return c->buffers[k].size - offset;
        }
        offset -= c->buffers[k].size;
    }
    return 0;
}

bool chain_read(const struct chain *c, const struct dma *dma, u64 offset, void *data, u64 size)
{
    u8 *to = data;
    for (u64 pa, part; size; offset += part, to += part, size -= part) {
        part = find_part(c, 0, c->readable, offset, &pa);
        if (part > size) part = size;
        if (!part || !dma->read(dma->arg, pa, to, part)) return false;
    }
    return true;
}

bool chain_write(const struct chain *c, const struct dma *dma, u64 offset, const void *data,
                 u64 size)
{
    const u8 *from = data;
    for (u64 pa, part; size; offset += part, from += part, size -= part) {
        part = find_part(c, c->readable, c->count, offset, &pa);
        if (part > size) part = size;
        if (!part || !dma->write(dma->arg, pa, from, part)) return false;
    }
    return true;
}
