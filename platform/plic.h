/* The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). */
#ifndef PLATFORM_PLIC_H
#define PLATFORM_PLIC_H

#include "platform/device.h"

enum { PLIC_SOURCES = 96 }; /* including source 0, which does not exist */

struct plic;

/* Two contexts for each hart: 2·h is its M-mode, 2·h+1 its S-mode. outputs[context] is the
 * external-interrupt line of that context; the array is copied. NULL when memory runs out. */
struct plic *plic_new(unsigned harts, const struct irq_line *outputs);
void plic_free(struct plic *p);
void plic_reset(struct plic *p);

/* The device for the bus. */
struct device plic_device(struct plic *p);

/* The input line of a source (1..PLIC_SOURCES-1), level-triggered. */
struct irq_line plic_input(struct plic *p, unsigned source);

#endif
