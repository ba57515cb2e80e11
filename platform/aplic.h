/* The advanced platform-level interrupt controller (RISC-V AIA 1.0, chapter of that name): a root
 * domain at machine level and one child at supervisor level. */
#ifndef PLATFORM_APLIC_H
#define PLATFORM_APLIC_H

#include "platform/device.h"

enum { APLIC_SOURCES = 96 }; /* 1 to 96, as on QEMU's board */

struct aplic;

/* Where MSIs are written: a physical address, and 32 bits of data. */
struct msi_bus {
    void (*write)(void *arg, u64 pa, u32 data);
    void *arg;
};

/* With msi, both domains are in MSI delivery mode for good, and forward to it. Without (NULL), in
 * direct mode: outputs[2·h] is hart h's machine external interrupt, outputs[2·h+1] its supervisor
 * one; the array is copied. The result is NULL when memory runs out. */
struct aplic *aplic_new(unsigned harts, const struct irq_line *outputs, const struct msi_bus *msi);
void aplic_free(struct aplic *a);
void aplic_reset(struct aplic *a);

/* The domains' control regions, for the bus. */
struct device aplic_m_device(struct aplic *a);
struct device aplic_s_device(struct aplic *a);

/* The input wire of a source. */
struct irq_line aplic_input(struct aplic *a, unsigned source);

#endif
