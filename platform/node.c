#include "platform/node.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

void node_child(struct node *n, int error)
{
    if (!n->error) n->error = error;
}

struct node node_begin(void *fdt, const char *name)
{
    return (struct node){fdt, fdt_begin_node(fdt, name)};
}

struct node node_begin_at(void *fdt, const char *name, u64 unit)
{
    char full[64];
    snprintf(full, sizeof full, "%s@%" PRIx64, name, unit);
    return node_begin(fdt, full);
}

int node_end(struct node *n)
{
    if (!n->error) n->error = fdt_end_node(n->fdt);
    return n->error;
}

void node_bytes(struct node *n, const char *name, const void *data, size_t size)
{
    if (!n->error) n->error = fdt_property(n->fdt, name, data, (int)size);
}

void node_flag(struct node *n, const char *name)
{
    node_bytes(n, name, "", 0);
}

void node_u32(struct node *n, const char *name, u32 value)
{
    fdt32_t cell = cpu_to_fdt32(value);
    node_bytes(n, name, &cell, sizeof cell);
}

void node_cells(struct node *n, const char *name, const u32 *values, unsigned count)
{
    fdt32_t cells[8];
    for (unsigned k = 0; k < count; k++) cells[k] = cpu_to_fdt32(values[k]);
    node_bytes(n, name, cells, count * sizeof cells[0]);
}

void node_u64(struct node *n, const char *name, u64 value)
{
    fdt64_t cells = cpu_to_fdt64(value);
    node_bytes(n, name, &cells, sizeof cells);
}

void node_string(struct node *n, const char *name, const char *value)
{
    node_bytes(n, name, value, strlen(value) + 1);
}

void node_strings(struct node *n, const char *name, const char *first, const char *second)
{
    char list[128];
    int size = snprintf(list, sizeof list, "%s%c%s", first, 0, second) + 1;
    node_bytes(n, name, list, (size_t)size);
}

void node_reg(struct node *n, u64 base, u64 size)
{
    fdt64_t cells[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};
    node_bytes(n, "reg", cells, sizeof cells);
}

void node_interrupt(struct node *n, const struct irq_line *line)
{
    node_u32(n, "interrupt-parent", line->controller);
    node_u32(n, "interrupts", line->number);
}

void node_hart_lines(struct node *n, unsigned harts, u32 first, u32 second)
{
    enum { CELLS = 4 };
    void *place;
    if (n->error) return;
    n->error = fdt_property_placeholder(n->fdt, "interrupts-extended",
                                        (int)(harts * CELLS * sizeof(fdt32_t)), &place);
    if (n->error) return;
    fdt32_t *cells = place;
    for (unsigned h = 0; h < harts; h++, cells += CELLS) {
        cells[0] = cells[2] = cpu_to_fdt32(PHANDLE_HART_INTC + h);
        cells[1] = cpu_to_fdt32(first);
        cells[3] = cpu_to_fdt32(second);
    }
}
