/* What the emulated devices have in common. */
#include "firmware/devices/devices.h"

struct device *device_add(struct vm *vm, u64 base, u64 size, unsigned irq)
{
    if (vm->device_count == DEVICES_MAX) return NULL;
    struct device *d = &vm->devices[vm->device_count];
    *d = (struct device){
        .range = {base, size},
          .state = (void *)page_alloc(), .irq = irq
    };
    if (!d->state) return NULL;
    vm->device_count++;
    return d;
}

void device_begin_node(struct fdt_out *f, const char *name, const char *compatible,
                       const struct device *d)
{
    fdt_unit_node(f, name, d->range.base);
    if (*compatible) fdt_put_string(f, "compatible", compatible);
    fdt_put_range(f, "reg", d->range.base, d->range.size);
    if (!d->irq) return;
    fdt_put_u32(f, "interrupt-parent", PLIC_PHANDLE);
    fdt_put_u32(f, "interrupts", d->irq);
}
