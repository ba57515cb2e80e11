/* The PLIC of a VM (RISC-V Platform-Level Interrupt Controller specification 1.0), with level
 * triggers and one context for each vCPU, for its S-mode. */
#include "firmware/devices/devices.h"

enum { BASE = 0xc000000, SIZE = 0x600000, SOURCES = 32, PRIORITY_MAX = 7 };
enum {
    PENDING = 0x1000,
    ENABLE = 0x2000,
    ENABLE_STRIDE = 0x80,
    CONTEXT = 0x200000,
    CONTEXT_STRIDE = 0x1000,
    CLAIM = 4,
};

struct plic {
    u32 priority[SOURCES];
    u32 level;   /* lines */
    u32 pending; /* lines that were seen high and are not yet claimed */
    u32 claimed; /* and not yet completed */
    u32 enable[VCPUS_MAX], threshold[VCPUS_MAX];
};

/* The source that the context should claim next: the highest priority, then the lowest number; 0 if
 * there is none. The threshold holds interrupts back, but not claims. */
static unsigned best(const struct plic *p, unsigned context, u32 above)
{
    unsigned found = 0;
    u32 ready = p->pending & p->enable[context];
    for (unsigned i = 1; ready && i < SOURCES; i++)
        if ((ready & BIT(i)) && p->priority[i] > above) {
            found = i;
            above = p->priority[i];
        }
    return found;
}

/* Tells each vCPU whether its external interrupt is pending. */
static void update(struct vm *vm)
{
    struct plic *p = vm->plic;
    p->pending |= p->level & ~p->claimed;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *v = vm->vcpus[i];
        bool was = v->external;
        v->external = best(p, i, p->threshold[i]) != 0;
        if (v->external && !was) sched_notify(v);
    }
}

void plic_set(struct vm *vm, unsigned irq, bool level)
{
    struct plic *p = vm->plic;
    u32 line = (u32)BIT(irq);
    if (level == !!(p->level & line)) return;
    p->level ^= line;
    if (!level) p->pending &= ~line;
    update(vm);
}

static u32 claim(struct plic *p, unsigned context)
{
    unsigned source = best(p, context, 0);
    if (source) {
        p->pending &= ~(u32)BIT(source);
        p->claimed |= (u32)BIT(source);
    }
    return source;
}

/* Where an offset among the contexts or the enables leads: false if the VM has no such vCPU. */
static bool split(const struct vm *vm, u64 offset, u64 stride, unsigned *context, u64 *inner)
{
    *context = (unsigned)(offset / stride);
    *inner = offset % stride;
    return offset / stride < vm->vcpu_count;
}

static u64 read(struct vm *vm, void *state, u64 offset, unsigned size)
{
    struct plic *p = state;
    unsigned context;
    u64 inner, value = 0;
    if (size != 4) return 0;
    if (offset < SOURCES * 4) return p->priority[offset / 4];
    if (offset == PENDING) return p->pending;
    if (offset >= CONTEXT) {
        if (!split(vm, offset - CONTEXT, CONTEXT_STRIDE, &context, &inner)) return 0;
        if (inner == 0) value = p->threshold[context];
        if (inner == CLAIM) value = claim(p, context);
        update(vm);
    } else if (offset >= ENABLE && split(vm, offset - ENABLE, ENABLE_STRIDE, &context, &inner)) {
        if (inner == 0) value = p->enable[context];
    }
    return value;
}

static void write(struct vm *vm, void *state, u64 offset, unsigned size, u64 value)
{
    struct plic *p = state;
    unsigned context;
    u64 inner;
    if (size != 4) return;
    if (offset < SOURCES * 4 && offset) {
        p->priority[offset / 4] = value & PRIORITY_MAX;
    } else if (offset >= CONTEXT) {
        if (!split(vm, offset - CONTEXT, CONTEXT_STRIDE, &context, &inner)) return;
        if (inner == 0) p->threshold[context] = value & PRIORITY_MAX;
        if (inner == CLAIM && value < SOURCES && (p->enable[context] & BIT(value))) {
            p->claimed &= ~(u32)BIT(value);
            direct_completed(vm, (unsigned)value);
        }
    } else if (offset >= ENABLE && split(vm, offset - ENABLE, ENABLE_STRIDE, &context, &inner)) {
        if (inner == 0) p->enable[context] = (u32)value & ~1u;
    }
    update(vm);
}

static void describe(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    u8 contexts[VCPUS_MAX * 8];
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        fdt_cell(contexts + i * 8, CPU_PHANDLE + i);
        fdt_cell(contexts + i * 8 + 4, IRQ_SEXT);
    }
    device_begin_node(f, "plic", "riscv,plic0", d);
    fdt_put(f, "interrupt-controller", "", 0);
    fdt_put_u32(f, "#interrupt-cells", 1);
    fdt_put_u32(f, "#address-cells", 0);
    fdt_put(f, "interrupts-extended", contexts, vm->vcpu_count * 8);
    fdt_put_u32(f, "riscv,ndev", SOURCES - 1);
    fdt_put_u32(f, "phandle", PLIC_PHANDLE);
    fdt_end_node(f);
}

bool plic_add(struct vm *vm)
{
    struct device *d = device_add(vm, BASE, SIZE, 0);
    if (!d) return false;
    d->read = read;
    d->write = write;
    d->describe = describe;
    vm->plic = d->state;
    return true;
}
