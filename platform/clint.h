/* The core-local interruptor: mtime, and software and timer interrupts for each hart (the memory
 * map that SiFive's CLINT set; priv. spec 3.2.1 for mtime and mtimecmp). */
#ifndef PLATFORM_CLINT_H
#define PLATFORM_CLINT_H

#include "platform/device.h"
#include "platform/timebase.h"

struct clint;

/* The lines of each hart; both arrays are copied. NULL when memory runs out. */
struct clint *clint_new(unsigned harts, const struct timebase *timebase,
                        const struct irq_line *software, const struct irq_line *timer);
void clint_free(struct clint *c);

/* No interrupt is pending and no timer set; mtime goes on. */
void clint_reset(struct clint *c);

struct device clint_device(struct clint *c);

/* mtime: the timebase and what software has added to it. */
u64 clint_time(const struct clint *c);

/* The first value of the timebase at which a timer interrupt will newly rise; NEVER: none. */
u64 clint_deadline(const struct clint *c);

/* The same for one hart, as a value of mtime; and whether its timer is due now, which any thread
 * may ask. */
u64 clint_hart_deadline(const struct clint *c, unsigned hart);
bool clint_is_due(const struct clint *c, unsigned hart);

/* Bring the timer lines up to date with mtime. To be called at the deadline. */
void clint_update(struct clint *c);

#endif
