/* Interrupts: one pending set, and which of it is taken. */
#ifndef HART_INTERRUPT_H
#define HART_INTERRUPT_H

#include "hart/state.h"

/* Every pending bit of mip now, from software, lines, timers and (hext) the hypervisor. */
u64 interrupts_pending(const struct hart *h);

/* The number of the interrupt to take now, or -1. */
int interrupt_to_take(const struct hart *h);

/* The earliest time at which stimecmp or vstimecmp will newly raise an interrupt; ~0: never. */
u64 interrupt_deadline(const struct hart *h);

#endif
