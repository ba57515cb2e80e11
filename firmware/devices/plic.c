/* The PLIC of a VM (RISC-V Platform-Level Interrupt Controller specification 1.0), with level
 * triggers and one context for each vCPU, for its S-mode. */
#include "firmware/devices/devices.h"

enum { BASE = 0xc000000, SIZE = 0x600000, PRIORITY_MAX = 7 };

struct plic {
    u32 priority[PLIC_SOURCES];
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
    for (unsigned i = 1; ready && i < PLIC_SOURCES; i++)
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

/* The register at an offset and which of its bits can be written; NULL if there is none that is
 * just a register. */
static u32 *find(const struct vm *vm, struct plic *p, u64 offset, u32 *writable)
{
    u64 enable = (offset - PLIC_ENABLE) / PLIC_ENABLE_STRIDE,
        context = (offset - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE;
    *writable = PRIORITY_MAX;
    if (offset && offset < PLIC_SOURCES * 4) return &p->priority[offset / 4];
    if (offset % PLIC_CONTEXT_STRIDE == 0 && context < vm->vcpu_count)
        return &p->threshold[context];
    *writable = ~1u;
    if (offset % PLIC_ENABLE_STRIDE == 0 && enable < vm->vcpu_count) return &p->enable[enable];
    return NULL;
}

/* The context whose claim register is at the offset, at least vcpu_count if none is. */
static u64 claim_context(u64 offset)
{
    bool is_one = offset >= PLIC_CONTEXT && offset % PLIC_CONTEXT_STRIDE == PLIC_CLAIM;
    return is_one ? (offset - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE : NEVER;
}

static u64 read(struct vm *vm, void *state, u64 offset, unsigned size)
{
    struct plic *p = state;
    u32 writable, *reg = find(vm, p, offset, &writable);
    u64 context = claim_context(offset);
    if (size != 4) return 0;
    if (reg) return *reg;
    if (offset == PLIC_PENDING) return p->pending;
    if (context >= vm->vcpu_count) return 0;
    u32 source = claim(p, (unsigned)context);
    update(vm);
    return source;
}

static void write(struct vm *vm, void *state, u64 offset, unsigned size, u64 value)
{
    struct plic *p = state;
    u32 writable, *reg = find(vm, p, offset, &writable);
    u64 context = claim_context(offset);
    if (size != 4) return;
    if (reg) *reg = (u32)value & writable;
    if (context < vm->vcpu_count && value < PLIC_SOURCES && (p->enable[context] & BIT(value))) {
        p->claimed &= ~(u32)BIT(value);
        direct_completed(vm, (unsigned)value);
    }
    update(vm);
}

static void describe(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    u32 contexts[VCPUS_MAX][2];
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        contexts[i][0] = CPU_PHANDLE + i;
        contexts[i][1] = IRQ_SEXT;
    }
    fdt_put(f, "interrupt-controller", "", 0);
    fdt_put_u32(f, "#interrupt-cells", 1);
    fdt_put_u32(f, "#address-cells", 0);
    fdt_put_cells(f, "interrupts-extended", contexts[0], vm->vcpu_count * 2);
    fdt_put_u32(f, "riscv,ndev", PLIC_SOURCES - 1);
    fdt_put_u32(f, "phandle", PLIC_PHANDLE);
}

static const struct device_kind kind = {"plic", "riscv,plic0", read, write, describe};

bool plic_add(struct vm *vm)
{
    struct device *d = device_add(vm, &kind, BASE, SIZE, 0);
    if (!d) return false;
    vm->plic = d->state;
    return true;
}
