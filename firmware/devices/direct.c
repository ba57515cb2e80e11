/* What a VM reaches without an exit although it is not its RAM: a device of the machine that was
 * given to it, and memory that it shares with others. A device that does DMA must not be given
 * away: it would take the guest's addresses for the machine's. */
#include "firmware/devices/devices.h"

enum { SHARES = 4, SHARE_BASE = 0x70000000 };

/* ---- the machine's own PLIC: a source calls the hart on which it was last completed ---- */

static int plic_node;
static u64 plic_base;
static struct vm *owners[PLIC_SOURCES];
static const struct hart *called[PLIC_SOURCES];

static volatile u32 *plic_register(u64 offset)
{
    return (volatile u32 *)(plic_base + offset);
}

/* The place of a hart's S-mode external interrupt among the PLIC's outputs. */
static bool find_context(u64 hart, unsigned *context)
{
    u64 phandle, target, irq;
    int controller = fdt_find(host_cpu(hart), "interrupt-controller");
    if (!fdt_number(controller, "phandle", &phandle)) return false;
    for (unsigned i = 0; fdt_cells(plic_node, "interrupts-extended", 2 * i + 1, 1, &irq); i++) {
        fdt_cells(plic_node, "interrupts-extended", 2 * i, 1, &target);
        if (target != phandle || irq != IRQ_SEXT) continue;
        *context = i;
        return true;
    }
    return false;
}

static bool find_plic(void)
{
    struct range r;
    int parent = fdt_find(fdt_root(), "soc"), node = fdt_find(parent, "plic");
    if (node == FDT_NONE) node = fdt_find(parent, "interrupt-controller");
    if (plic_base) return true;
    if (!fdt_compatible(node, "riscv,plic0") || !fdt_reg(parent, node, 0, &r)) return false;
    plic_node = node;
    plic_base = r.base;
    return true;
}

/* A hart's registers, found when they are first wanted. */
static volatile u32 *context_register(const struct hart *h, u64 base, u64 stride)
{
    static struct {
        bool known;
        unsigned number;
    } contexts[HARTS_MAX], *c;
    c = &contexts[h - harts];
    if (!c->known) c->known = find_context(h->id, &c->number);
    return c->known ? plic_register(base + c->number * stride) : NULL;
}

static volatile u32 *enables(const struct hart *h)
{
    return context_register(h, PLIC_ENABLE, PLIC_ENABLE_STRIDE);
}

static volatile u32 *claim(const struct hart *h)
{
    return context_register(h, PLIC_CONTEXT + PLIC_CLAIM, PLIC_CONTEXT_STRIDE);
}

/* Makes the source call this hart: the one that runs its VM, so that it pays for a storm itself. */
static bool call_here(unsigned irq)
{
    const struct hart *h = this_hart(), *before = called[irq];
    if (h == before) return true;
    if (!enables(h)) return false;
    if (before) *enables(before) = *enables(before) & ~(u32)BIT(irq);
    *enables(h) = *enables(h) | (u32)BIT(irq);
    *context_register(h, PLIC_CONTEXT, PLIC_CONTEXT_STRIDE) = 0;
    csr_set(sie, BIT(IRQ_SEXT));
    called[irq] = h;
    return true;
}

/* The source stays claimed, and so is quiet, until the guest has completed it. When there is no
 * guest any more, nobody would make it quiet. */
void direct_interrupt(void)
{
    u32 irq = *claim(this_hart());
    struct vm *vm = irq < PLIC_SOURCES ? owners[irq] : NULL;
    if (vm && vm->state != ENDED) {
        plic_set(vm, irq, true);
    } else if (irq) {
        *plic_register(irq * 4) = 0;
        *claim(this_hart()) = irq;
    }
}

void direct_completed(struct vm *vm, unsigned irq)
{
    if (owners[irq] != vm) return;
    call_here(irq);
    plic_set(vm, irq, false);
    *claim(called[irq]) = irq;
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
    if (fdt_number(node, "interrupts", &irq) && (irq >= PLIC_SOURCES || owners[irq])) return false;
    if (irq && !find_plic()) return false;
    struct device *d = device_add(vm, &device, r.base, r.size, (unsigned)irq);
    if (!d) return false;
    *(int *)d->state = node;
    for (u64 at = 0; at < r.size; at += PAGE_SIZE)
        if (!gstage_map(vm, r.base + at, r.base + at, 0)) return false;
    if (!irq) return true;
    owners[irq] = vm;
    *plic_register(irq * 4) = 1;
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
