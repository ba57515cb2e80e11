/* The emulated devices, at the places and with the interrupt numbers of QEMU's virt board. */
#ifndef FIRMWARE_DEVICES_H
#define FIRMWARE_DEVICES_H

#include "firmware/fdt/fdt.h"

enum { PLIC_PHANDLE = 1, CPU_PHANDLE = 2 /* of hart 0; the next one's is one more */ };

/* The registers of a PLIC, the machine's or a guest's; priorities are the first. */
enum { PLIC_PENDING = 0x1000, PLIC_ENABLE = 0x2000, PLIC_ENABLE_STRIDE = 0x80, PLIC_SOURCES = 32 };
enum { PLIC_CONTEXT = 0x200000, PLIC_CONTEXT_STRIDE = 0x1000, PLIC_CLAIM = 4 };

/* Each adds the device to the VM; false if memory or places have run out. */
bool plic_add(struct vm *vm);
bool uart_add(struct vm *vm);
bool net_add(struct vm *vm);
bool hvc_add(struct vm *vm);
bool block_add(struct vm *vm, struct range disk);
/* A device of the machine, by the name of its node in /soc; memory that all VMs with this key see.
 */
bool direct_add_device(struct vm *vm, const char *name);
bool direct_add_share(struct vm *vm, u64 key);

/* What devices are: emulated, or mapped for the guest (then read is NULL). `offset` is within the
 * range; size is 1, 2, 4 or 8 bytes, and the access is aligned to it. */
struct device_kind {
    const char *name, *compatible; /* in the device tree; compatible: NULL if describe puts it */
    u64 (*read)(struct vm *vm, void *state, u64 offset, unsigned size);
    void (*write)(struct vm *vm, void *state, u64 offset, unsigned size, u64 value);
    /* Adds properties of its own to the node; NULL if it has none. */
    void (*describe)(struct fdt_out *f, const struct vm *vm, const struct device *d);
};

/* The next free place among the VM's devices. The state behind it is a zeroed page of its own. */
struct device *device_add(struct vm *vm, const struct device_kind *kind, u64 base, u64 size,
                          unsigned irq);
/* The device's node in the guest's tree. */
void device_describe(struct fdt_out *f, const struct vm *vm, const struct device *d);

/* Sets the level of a line into the VM's PLIC. */
void plic_set(struct vm *vm, unsigned irq, bool level);

/* The machine's PLIC has an interrupt for this hart; a guest is done with one. */
void direct_interrupt(void);
void direct_completed(struct vm *vm, unsigned irq);

/* There is new input for the VM. */
bool uart_notify(struct vm *vm); /* false if its driver does not listen */
void hvc_notify(struct vm *vm);

#endif
