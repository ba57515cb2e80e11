#include "platform/plic.h"
#include "hart/hart.h"
#include "platform/node.h"
#include "platform/sources.h"

#include <stdlib.h>
#include <string.h>

#define PLIC_BASE 0xc000000ull

/* The register map ("Memory Map" in the specification). */
enum {
    PLIC_PENDING = 0x1000,
    PLIC_ENABLE = 0x2000,
    PLIC_ENABLE_STRIDE = 0x80,
    PLIC_CONTEXT = 0x200000,
    PLIC_CONTEXT_STRIDE = 0x1000,
    PLIC_SIZE = 0x600000, /* room for 1024 contexts, as on QEMU's board */
    PRIORITY_MASK = 7,
    WORDS = PLIC_SOURCES / 32,
};

struct context {
    u32 enable[WORDS];
    u32 threshold;
    struct irq_line output;
};

struct plic {
    u32 level[WORDS];   /* the input lines */
    u32 pending[WORDS]; /* requests that a gateway has passed on */
    u32 claimed[WORDS]; /* handed out and not completed: the gateway is shut */
    u8 priority[PLIC_SOURCES];
    unsigned harts, context_count;
    struct context contexts[];
};

/* The enabled pending source of the highest priority, the lowest number among equals; 0: none.
 * Priority 0 never interrupts. */
static unsigned best_source(const struct plic *p, const struct context *c)
{
    unsigned best = 0;
    u8 priority = 0;
    for (unsigned w = 0; w < WORDS; w++) {
        for (u32 left = p->pending[w] & c->enable[w]; left; left &= left - 1) {
            unsigned source = w * 32 + (unsigned)__builtin_ctz(left);
            if (p->priority[source] > priority) {
                best = source;
                priority = p->priority[source];
            }
        }
    }
    return best;
}

static void update_output(const struct plic *p, const struct context *c)
{
    irq_set(&c->output, p->priority[best_source(p, c)] > c->threshold);
}

static void update(const struct plic *p)
{
    for (unsigned i = 0; i < p->context_count; i++) update_output(p, &p->contexts[i]);
}

/* A gateway passes a request on while its line is high and none is outstanding. A request passed on
 * is not taken back when the line falls. */
static void gateway(struct plic *p, unsigned source)
{
    if (get(p->level, source) && !get(p->claimed, source)) put(p->pending, source, true);
}

static void input_set(void *arg, unsigned source, bool level)
{
    struct plic *p = arg;
    if (get(p->level, source) == level) return;
    put(p->level, source, level);
    gateway(p, source);
    update(p);
}

struct irq_line plic_input(struct plic *p, unsigned source)
{
    return (struct irq_line){input_set, p, source, PHANDLE_PLIC};
}

/* The threshold does not take part in a claim ("Interrupt Claim Process"). */
static unsigned claim(struct plic *p, const struct context *c)
{
    unsigned source = best_source(p, c);
    if (source) {
        put(p->pending, source, false);
        put(p->claimed, source, true);
        update(p);
    }
    return source;
}

/* A completion of a source that is not enabled for the context is ignored ("Interrupt
 * Completion"). */
static void complete(struct plic *p, const struct context *c, u32 source)
{
    if (source >= PLIC_SOURCES || !get(c->enable, source)) return;
    put(p->claimed, source, false);
    gateway(p, source);
    update(p);
}

static u64 context_read(struct plic *p, u64 offset)
{
    u64 i = offset / PLIC_CONTEXT_STRIDE;
    if (i >= p->context_count) return 0;
    struct context *c = &p->contexts[i];
    switch (offset % PLIC_CONTEXT_STRIDE) {
    case 0: return c->threshold;
    case 4: return claim(p, c);
    default: return 0;
    }
}

static void context_write(struct plic *p, u64 offset, u32 value)
{
    u64 i = offset / PLIC_CONTEXT_STRIDE;
    if (i >= p->context_count) return;
    struct context *c = &p->contexts[i];
    switch (offset % PLIC_CONTEXT_STRIDE) {
    case 0:
        c->threshold = value & PRIORITY_MASK;
        update_output(p, c);
        break;
    case 4: complete(p, c, value); break;
    }
}

/* The enable word at this offset from PLIC_ENABLE; NULL where there is none. */
static u32 *enable_word(struct plic *p, u64 offset)
{
    u64 i = offset / PLIC_ENABLE_STRIDE, word = offset % PLIC_ENABLE_STRIDE / 4;
    return i < p->context_count && word < WORDS ? &p->contexts[i].enable[word] : NULL;
}

static u64 plic_read(void *state, u64 offset, unsigned size)
{
    (void)size;
    struct plic *p = state;
    if (offset >= PLIC_CONTEXT) return context_read(p, offset - PLIC_CONTEXT);
    if (offset >= PLIC_ENABLE) {
        const u32 *word = enable_word(p, offset - PLIC_ENABLE);
        return word ? *word : 0;
    }
    if (offset >= PLIC_PENDING) {
        u64 word = (offset - PLIC_PENDING) / 4;
        return word < WORDS ? p->pending[word] : 0;
    }
    return offset / 4 < PLIC_SOURCES ? p->priority[offset / 4] : 0;
}

static void plic_write(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    struct plic *p = state;
    if (offset >= PLIC_CONTEXT) {
        context_write(p, offset - PLIC_CONTEXT, (u32)value);
    } else if (offset >= PLIC_ENABLE) {
        u32 *word = enable_word(p, offset - PLIC_ENABLE);
        if (!word) return;
        bool first = (offset - PLIC_ENABLE) % PLIC_ENABLE_STRIDE == 0;
        *word = (u32)value & ~(u32)first; /* source 0 does not exist */
        update(p);
    } else if (offset >= 4 && offset / 4 < PLIC_SOURCES) {
        p->priority[offset / 4] = value & PRIORITY_MASK;
        update(p);
    }
}

static int plic_describe(const struct device *d, void *fdt)
{
    const struct plic *p = d->state;
    struct node n = node_begin_at(fdt, "plic", d->base);
    node_strings(&n, "compatible", "sifive,plic-1.0.0", "riscv,plic0");
    node_reg(&n, d->base, d->size);
    node_u32(&n, "#interrupt-cells", 1);
    node_u32(&n, "#address-cells", 0);
    node_flag(&n, "interrupt-controller");
    node_u32(&n, "riscv,ndev", PLIC_SOURCES - 1);
    node_u32(&n, "phandle", PHANDLE_PLIC);
    node_hart_lines(&n, p->harts, LINE_MEI, LINE_SEI);
    return node_end(&n);
}

struct device plic_device(struct plic *p)
{
    return (struct device){.name = "plic",
                           .base = PLIC_BASE,
                           .size = PLIC_SIZE,
                           .widths = 4,
                           .state = p,
                           .read = plic_read,
                           .write = plic_write,
                           .describe = plic_describe};
}

struct plic *plic_new(unsigned harts, const struct irq_line *outputs)
{
    unsigned count = harts * 2;
    struct plic *p = calloc(1, sizeof *p + count * sizeof p->contexts[0]);
    if (!p) return NULL;
    p->harts = harts;
    p->context_count = count;
    for (unsigned i = 0; i < count; i++) p->contexts[i].output = outputs[i];
    return p;
}

void plic_free(struct plic *p)
{
    free(p);
}

void plic_reset(struct plic *p)
{
    memset(p->pending, 0, sizeof p->pending);
    memset(p->claimed, 0, sizeof p->claimed);
    memset(p->priority, 0, sizeof p->priority);
    for (unsigned i = 0; i < p->context_count; i++) {
        memset(p->contexts[i].enable, 0, sizeof p->contexts[i].enable);
        p->contexts[i].threshold = 0;
    }
    for (unsigned source = 1; source < PLIC_SOURCES; source++) gateway(p, source);
    update(p);
}
