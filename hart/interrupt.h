/* Interrupts: one pending set, and which of it is taken. */
#ifndef HART_INTERRUPT_H
#define HART_INTERRUPT_H

#include "hart/state.h"

/* Every pending bit of mip now, from software, lines, timers and (hext) the hypervisor. */
u64 interrupts_pending(const struct hart *h);

/* The standard interrupts in default order, first things first (3.1.9, 22.4.3; AIA, table of major
 * interrupts). */
enum { INTERRUPT_N = 13 };
extern const u8 interrupt_order[INTERRUPT_N];

/* The interrupt to take now: its cause as the level that takes it has it; -1: none. */
struct taken_interrupt {
    int cause;
    enum level level;
};
struct taken_interrupt interrupt_to_take(const struct hart *h);

/* Is one pending that ends WFI, whether it would be taken now or not (3.3.3)? */
bool interrupt_wakes(const struct hart *h);

/* The earliest time at which stimecmp or vstimecmp will newly raise an interrupt; ~0: never. */
u64 interrupt_deadline(const struct hart *h);

#endif
