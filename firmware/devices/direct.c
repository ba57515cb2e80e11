/* What a VM reaches without an exit although it is not its RAM: a device of the machine that was
 * given to it, and memory that it shares with others. A device that does DMA must not be given
 * away: it would take the guest's addresses for the machine's. */
#include "firmware/devices/devices.h"

enum { SHARES = 4, SHARE_BASE = 0x70000000 };

/* ---- the machine's own PLIC: a source calls the hart on which it was last completed ---- */

static int plic_node;
static volatile u32 *plic; /* the first registers are priorities */
static struct vm *owners[PLIC_SOURCES];
static const struct hart *called[PLIC_SOURCES];
static unsigned contexts[HARTS_MAX]; /* of the harts that were ever called */

/* The place of a hart's S-mode external interrupt among the PLIC's outputs. */
static bool find_context(const struct hart *h)
{
    u64 phandle, output;
    unsigned *n = &contexts[h - harts];
    int controller = fdt_find(host_cpu(h->id), "interrupt-controller");
    if (!fdt_number(controller, "phandle", &phandle)) return false;
    for (*n = 0; fdt_cells(plic_node, "interrupts-extended", 2 * *n, 2, &output); ++*n)
        if (output == (phandle << 32 | IRQ_SEXT)) return true;
    return false;
}

static bool find_plic(void)
{
    struct range r;
    int soc = fdt_find(fdt_root(), "soc");
    plic_node = fdt_find(soc, "plic");
    if (plic_node == FDT_NONE) plic_node = fdt_find(soc, "interrupt-controller");
    if (!fdt_compatible(plic_node, "riscv,plic0") || !fdt_reg(soc, plic_node, 0, &r)) return false;
    plic = (volatile u32 *)r.base;
    return true;
}

static volatile u32 *enables(const struct hart *h)
{
    return plic + (PLIC_ENABLE + contexts[h - harts] * PLIC_ENABLE_STRIDE) / 4;
}

/* The threshold; behind it is the register for claims. */
static volatile u32 *context(const struct hart *h)
{
    return plic + (PLIC_CONTEXT + contexts[h - harts] * PLIC_CONTEXT_STRIDE) / 4;
}

/* Makes the source call this hart: the one that runs its VM, so that it pays for a storm itself. */
static bool call_here(unsigned irq)
{
    const struct hart *h = this_hart(), *before = called[irq];
    if (h == before) return true;
    if (!find_context(h)) return false;
    if (before) *enables(before) &= ~(u32)BIT(irq);
    *enables(h) |= (u32)BIT(irq);
    *context(h) = 0;
    csr_set(sie, BIT(IRQ_SEXT));
    called[irq] = h;
    return true;
}

/* The source stays claimed, and so is quiet, until the guest has completed it. When there is no
 * guest any more, nobody would make it quiet. */
void direct_interrupt(void)
{
    volatile u32 *claim = context(this_hart()) + 1;
    u32 irq = *claim;
    struct vm *vm = irq < PLIC_SOURCES ? owners[irq] : NULL;
    if (vm && vm->state != ENDED) {
        plic_set(vm, irq, true);
        return;
    }
    plic[irq] = 0;
    *claim = irq;
}

void direct_completed(struct vm *vm, unsigned irq)
{
    if (owners[irq] != vm) return;
    call_here(irq);
    plic_set(vm, irq, false);
    context(called[irq])[1] = irq;
}

/* ---- what is mapped ---- */

static void describe_device(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    u32 size;
    int node = *(const int *)d->state;
    const void *compatible = fdt_prop(node, "compatible", &size);
    if (compatible) fdt_put(f, "compatible", compatible, size);
}

static const struct device_kind device = {"device", NULL, NULL, NULL, describe_device};
static const struct device_kind share = {"shared-memory", "vhart,shared-memory", NULL, NULL, NULL};

bool direct_add_device(struct vm *vm, const char *name)
{
    struct range r;
    u64 irq = 0;
    int parent = fdt_find(fdt_root(), "soc"), node = fdt_find(parent, name);
    if (node == FDT_NONE || !fdt_reg(parent, node, 0, &r)) return false;
    if (r.base % PAGE_SIZE || r.size % PAGE_SIZE || memory_has((struct range){r.base, 1}))
        return false;
    fdt_cells(node, "interrupts", 0, 1, &irq);
    if (irq >= PLIC_SOURCES || owners[irq]) return false;
    if (irq && !find_plic()) {
        say("%s has an interrupt, for which the machine must have a PLIC\n", name);
        return false;
    }
    struct device *d = device_add(vm, &device, r.base, r.size, (unsigned)irq);
    if (!d) return false;
    *(int *)d->state = node;
    for (u64 at = 0; at < r.size; at += PAGE_SIZE)
        if (!gstage_map(vm, r.base + at, r.base + at, 0)) return false;
    if (!irq) return true;
    owners[irq] = vm;
    plic[irq] = 1;
    return call_here((unsigned)irq);
}

bool direct_add_share(struct vm *vm, u64 key)
{
    static u64 blocks[SHARES];
    if (key >= SHARES) return false;
    if (!blocks[key]) blocks[key] = memory_alloc(BLOCK);
    struct device *d = device_add(vm, &share, SHARE_BASE, BLOCK_SIZE, 0);
    return d && blocks[key] && gstage_map(vm, SHARE_BASE, blocks[key], 1);
}
