/* A device: a range of physical addresses and two functions. It never sees a hart; it is handed
 * the interrupt lines that it may raise. */
#ifndef PLATFORM_DEVICE_H
#define PLATFORM_DEVICE_H

#include "hart/types.h"

/* An interrupt line: a function and its argument. The input of an interrupt controller that the
 * device tree tells of has that one's phandle, and number is the source there. */
struct irq_line {
    void (*set)(void *arg, unsigned number, bool level);
    void *arg;
    unsigned number;
    u32 controller;
};

static inline void irq_set(const struct irq_line *line, bool level)
{
    if (line->set) line->set(line->arg, line->number, level);
}

struct device {
    const char *name;
    u64 base, size; /* physical range, in bytes */
    u8 widths;      /* accepted access sizes, or-ed: 1 | 2 | 4 | 8; others are access faults */
    void *state;
    u64 (*read)(void *state, u64 offset, unsigned size);
    void (*write)(void *state, u64 offset, unsigned size, u64 value);
    /* Adds the device's node to the tree under construction (libfdt, sequential write), inside
     * /soc. May be NULL. Returns 0 or a negative libfdt error. */
    int (*describe)(const struct device *d, void *fdt);
};

#endif
