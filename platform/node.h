/* Writing device-tree nodes: libfdt's sequential write, with the first error kept, so that a device
 * describes itself as a list of properties. */
#ifndef PLATFORM_NODE_H
#define PLATFORM_NODE_H

#include "platform/device.h"

/* Handles of nodes that others refer to. */
enum {
    PHANDLE_PLIC = 1,
    PHANDLE_FINISHER,
    PHANDLE_APLIC_M,
    PHANDLE_APLIC_S,
    PHANDLE_IMSIC_M,
    PHANDLE_IMSIC_S,
    PHANDLE_HART_INTC = 0x100 /* + hart */
};

struct node {
    void *fdt;
    int error; /* 0, or the first libfdt error */
};

/* Open a node called name, or name@unit. */
struct node node_begin(void *fdt, const char *name);
struct node node_begin_at(void *fdt, const char *name, u64 unit);

/* Close it; its first error. */
int node_end(struct node *n);

/* Properties. */
void node_flag(struct node *n, const char *name);
void node_u32(struct node *n, const char *name, u32 value);
void node_u64(struct node *n, const char *name, u64 value);
void node_cells(struct node *n, const char *name, const u32 *values,
                unsigned count); /* 8 at most */
void node_string(struct node *n, const char *name, const char *value);
void node_strings(struct node *n, const char *name, const char *first, const char *second);
void node_bytes(struct node *n, const char *name, const void *data, size_t size);

/* reg = <base size>, two cells each. */
void node_reg(struct node *n, u64 base, u64 size);

/* interrupts: the source that the line is, at its controller. */
void node_interrupt(struct node *n, const struct irq_line *line);

/* interrupts-extended: for each hart, its interrupt controller with line first, then second. */
void node_hart_lines(struct node *n, unsigned harts, u32 first, u32 second);

/* The same with one line each. */
void node_hart_line(struct node *n, unsigned harts, u32 line);

/* The outcome of a nested node. */
void node_child(struct node *n, int error);

#endif
