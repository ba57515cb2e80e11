/* The emulated devices, at the places and with the interrupt numbers of QEMU's virt board. */
#ifndef FIRMWARE_DEVICES_H
#define FIRMWARE_DEVICES_H

#include "firmware/vmm.h"

enum { PLIC_PHANDLE = 1, CPU_PHANDLE = 2 /* of hart 0; the next one's is one more */ };

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

/* The next free place among the VM's devices. The state behind it is a zeroed page of its own. */
struct device *device_add(struct vm *vm, u64 base, u64 size, unsigned irq);
/* The properties that the nodes of devices have in common; fdt_end_node is left to the caller. */
void device_begin_node(struct fdt_out *f, const char *name, const char *compatible,
                       const struct device *d);

/* Sets the level of a line into the VM's PLIC. */
void plic_set(struct vm *vm, unsigned irq, bool level);

/* The machine's PLIC has an interrupt for this hart; a guest is done with one. */
void direct_interrupt(void);
void direct_completed(struct vm *vm, unsigned irq);

/* There is new input for the VM. */
bool uart_notify(struct vm *vm); /* false if its driver does not listen */
void hvc_notify(struct vm *vm);

#endif
