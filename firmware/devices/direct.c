/* What a VM reaches without an exit although it is not its RAM: a device of the machine that was
 * given to it, and memory that it shares with others. A device that does DMA must not be given
 * away: it would take the guest's addresses for the machine's. */
#include "firmware/devices/devices.h"

enum { SHARES = 4, SHARE_BASE = 0x70000000 };

/* ---- the machine's own PLIC: its interrupts come to the hart that booted ---- */

static u64 plic_base;
static unsigned plic_context;
static struct vm *owners[PLIC_SOURCES];

static volatile u32 *plic_register(u64 offset)
{
    return (volatile u32 *)(plic_base + offset);
}

/* The context is the place of this hart's S-mode external interrupt among the PLIC's outputs. */
static bool find_context(int node)
{
    u64 phandle, irq;
    int controller = fdt_find(host_cpu(), "interrupt-controller");
    if (!fdt_number(controller, "phandle", &phandle)) return false;
    for (unsigned i = 0; fdt_cells(node, "interrupts-extended", 2 * i + 1, 1, &irq); i++) {
        u64 target;
        fdt_cells(node, "interrupts-extended", 2 * i, 1, &target);
        if (target != phandle || irq != IRQ_SEXT) continue;
        plic_context = i;
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
    if (!find_context(node)) return false;
    plic_base = r.base;
    return true;
}

static void enable(unsigned irq)
{
    volatile u32 *word = plic_register(PLIC_ENABLE + plic_context * PLIC_ENABLE_STRIDE);
    *word = *word | (u32)BIT(irq);
    *plic_register(irq * 4) = 1;
    *plic_register(PLIC_CONTEXT + plic_context * PLIC_CONTEXT_STRIDE) = 0;
    csr_set(sie, BIT(IRQ_SEXT));
}

/* The source stays claimed, and so is quiet, until the guest has completed it. */
void direct_interrupt(void)
{
    u64 offset = PLIC_CONTEXT + plic_context * PLIC_CONTEXT_STRIDE + PLIC_CLAIM;
    u32 irq = *plic_register(offset);
    struct vm *vm = irq < PLIC_SOURCES ? owners[irq] : NULL;
    if (vm && vm->state != ENDED)
        plic_set(vm, irq, true);
    else if (irq)
        *plic_register(offset) = irq;
}

void direct_completed(struct vm *vm, unsigned irq)
{
    if (owners[irq] != vm) return;
    plic_set(vm, irq, false);
    *plic_register(PLIC_CONTEXT + plic_context * PLIC_CONTEXT_STRIDE + PLIC_CLAIM) = irq;
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
    owners[irq] = irq ? vm : NULL;
    if (irq) enable((unsigned)irq);
    return true;
}

bool direct_add_share(struct vm *vm, u64 key)
{
    static u64 blocks[SHARES];
    if (key >= SHARES) return false;
    if (!blocks[key]) blocks[key] = memory_alloc(BLOCK);
    struct device *d = device_add(vm, &share, SHARE_BASE, BLOCK_SIZE, 0);
    return d && blocks[key] && gstage_map(vm, SHARE_BASE, blocks[key], 1);
}
