/* What the emulated devices have in common. */
#include "firmware/devices/devices.h"

struct device *device_add(struct vm *vm, const struct device_kind *kind, u64 base, u64 size,
                          unsigned irq)
{
    struct range range = {base, size};
    struct device *d = &vm->devices[vm->device_count];
    void *state = vm->device_count < DEVICES_MAX ? (void *)memory_alloc(PAGE) : NULL;
    if (!state) return NULL;
    *d = (struct device){kind, range, state, irq};
    vm->device_count++;
    return d;
}

void device_describe(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    struct range r = d->range;
    fdt_unit_node(f, d->kind->name, r.base);
    if (d->kind->compatible) fdt_put_string(f, "compatible", d->kind->compatible);
    fdt_put_range(f, r);
    if (d->irq) {
        fdt_put_u32(f, "interrupt-parent", PLIC_PHANDLE);
        fdt_put_u32(f, "interrupts", d->irq);
    }
    if (d->kind->describe) d->kind->describe(f, vm, d);
    fdt_end_node(f);
}
