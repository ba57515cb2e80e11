#include "platform/clint.h"
#include "hart/hart.h"
#include "platform/node.h"

#include <stdlib.h>

#define CLINT_BASE 0x2000000ull

enum { CLINT_MSIP = 0, CLINT_MTIMECMP = 0x4000, CLINT_MTIME = 0xbff8, CLINT_SIZE = 0x10000 };

struct clint_hart {
    bool msip;
    u64 mtimecmp;
    struct irq_line software, timer;
};

struct clint {
    struct timebase timebase;
    u64 adjust; /* mtime minus the timebase; like mtimecmp, also looked at by who has no lock */
    unsigned hart_count;
    struct clint_hart harts[];
};

u64 clint_time(const struct clint *c)
{
    return c->timebase.now(c->timebase.arg) + __atomic_load_n(&c->adjust, __ATOMIC_RELAXED);
}

void clint_update(struct clint *c)
{
    u64 mtime = clint_time(c);
    for (unsigned i = 0; i < c->hart_count; i++)
        irq_set(&c->harts[i].timer, mtime >= c->harts[i].mtimecmp);
}

u64 clint_deadline(const struct clint *c)
{
    u64 now = c->timebase.now(c->timebase.arg);
    u64 mtime = now + c->adjust, first = NEVER;
    for (unsigned i = 0; i < c->hart_count; i++) {
        u64 mtimecmp = c->harts[i].mtimecmp;
        if (mtimecmp > mtime && mtimecmp < first) first = mtimecmp;
    }
    return first == NEVER ? NEVER : deadline_after(now, first - mtime);
}

u64 clint_hart_deadline(const struct clint *c, unsigned hart)
{
    u64 mtimecmp = c->harts[hart].mtimecmp;
    return mtimecmp > clint_time(c) ? mtimecmp : NEVER;
}

bool clint_is_due(const struct clint *c, unsigned hart)
{
    return clint_time(c) >= __atomic_load_n(&c->harts[hart].mtimecmp, __ATOMIC_RELAXED);
}

static void set_mtimecmp(struct clint *c, u64 hart, u64 value)
{
    __atomic_store_n(&c->harts[hart].mtimecmp, value, __ATOMIC_RELAXED);
}

/* Something that a timer interrupt depends on was written. */
static void timer_changed(struct clint *c)
{
    clint_update(c);
    c->timebase.replan(c->timebase.arg);
}

/* The 32-bit half (0 low, 4 high) of a 64-bit register. */
static u32 half(u64 value, u64 offset)
{
    return (u32)(offset & 4 ? value >> 32 : value);
}

static u64 with_half(u64 old, u64 offset, u32 value)
{
    return offset & 4 ? (old & MASK(31, 0)) | (u64)value << 32 : (old & MASK(63, 32)) | value;
}

static u32 read_word(const struct clint *c, u64 offset)
{
    if (offset >= CLINT_MTIME) return offset < CLINT_MTIME + 8 ? half(clint_time(c), offset) : 0;
    u64 hart = offset >= CLINT_MTIMECMP ? (offset - CLINT_MTIMECMP) / 8 : offset / 4;
    if (hart >= c->hart_count) return 0;
    return offset >= CLINT_MTIMECMP ? half(c->harts[hart].mtimecmp, offset) : c->harts[hart].msip;
}

static void write_msip(struct clint *c, u64 hart, u32 value)
{
    if (hart >= c->hart_count) return;
    c->harts[hart].msip = value & 1;
    irq_set(&c->harts[hart].software, value & 1);
}

static void write_word(struct clint *c, u64 offset, u32 value)
{
    if (offset < CLINT_MTIMECMP) {
        write_msip(c, offset / 4, value);
    } else if (offset < CLINT_MTIME) {
        u64 hart = (offset - CLINT_MTIMECMP) / 8;
        if (hart >= c->hart_count) return;
        set_mtimecmp(c, hart, with_half(c->harts[hart].mtimecmp, offset, value));
    } else if (offset < CLINT_MTIME + 8) {
        u64 mtime = clint_time(c);
        __atomic_fetch_add(&c->adjust, with_half(mtime, offset, value) - mtime, __ATOMIC_RELAXED);
    }
}

static u64 clint_read(void *state, u64 offset, unsigned size)
{
    struct clint *c = state;
    u64 value = read_word(c, offset);
    if (size == 8) value |= (u64)read_word(c, offset + 4) << 32;
    return value;
}

static void clint_write(void *state, u64 offset, unsigned size, u64 value)
{
    struct clint *c = state;
    write_word(c, offset, (u32)value);
    if (size == 8) write_word(c, offset + 4, (u32)(value >> 32));
    if (offset + size > CLINT_MTIMECMP) timer_changed(c);
}

static int clint_describe(const struct device *d, void *fdt)
{
    const struct clint *c = d->state;
    struct node n = node_begin_at(fdt, "clint", d->base);
    node_strings(&n, "compatible", "sifive,clint0", "riscv,clint0");
    node_reg(&n, d->base, d->size);
    node_hart_lines(&n, c->hart_count, LINE_MSI, LINE_MTI);
    return node_end(&n);
}

struct device clint_device(struct clint *c)
{
    return (struct device){.name = "clint",
                           .base = CLINT_BASE,
                           .size = CLINT_SIZE,
                           .widths = 4 | 8,
                           .state = c,
                           .read = clint_read,
                           .write = clint_write,
                           .describe = clint_describe};
}

struct clint *clint_new(unsigned harts, const struct timebase *timebase,
                        const struct irq_line *software, const struct irq_line *timer)
{
    struct clint *c = calloc(1, sizeof *c + harts * sizeof c->harts[0]);
    if (!c) return NULL;
    c->timebase = *timebase;
    c->hart_count = harts;
    for (unsigned i = 0; i < harts; i++)
        c->harts[i] = (struct clint_hart){false, NEVER, software[i], timer[i]};
    return c;
}

void clint_free(struct clint *c)
{
    free(c);
}

void clint_reset(struct clint *c)
{
    for (unsigned i = 0; i < c->hart_count; i++) {
        set_mtimecmp(c, i, NEVER);
        write_msip(c, i, 0);
    }
    timer_changed(c);
}
