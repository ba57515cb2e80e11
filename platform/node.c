#include "platform/node.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

enum { LEVEL_HIGH = 4 }; /* the second cell of an interrupt at an APLIC */

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
    if (line->controller == PHANDLE_PLIC)
        node_u32(n, "interrupts", line->number);
    else
        node_cells(n, "interrupts", (const u32[]){line->number, LEVEL_HIGH}, 2);
}

/* A property of cells to be written by the caller; NULL after an error. */
static fdt32_t *cells_of(struct node *n, const char *name, unsigned count)
{
    void *place = NULL;
    if (!n->error)
        n->error = fdt_property_placeholder(n->fdt, name, (int)(count * sizeof(fdt32_t)), &place);
    return n->error ? NULL : place;
}

static void put_line(fdt32_t *cells, unsigned hart, u32 line)
{
    cells[0] = cpu_to_fdt32(PHANDLE_HART_INTC + hart);
    cells[1] = cpu_to_fdt32(line);
}

void node_hart_lines(struct node *n, unsigned harts, u32 first, u32 second)
{
    fdt32_t *cells = cells_of(n, "interrupts-extended", harts * 4);
    for (unsigned h = 0; h < harts && cells; h++, cells += 4) {
        put_line(cells, h, first);
        put_line(cells + 2, h, second);
    }
}

void node_hart_line(struct node *n, unsigned harts, u32 line)
{
    fdt32_t *cells = cells_of(n, "interrupts-extended", harts * 2);
    for (unsigned h = 0; h < harts && cells; h++, cells += 2) put_line(cells, h, line);
}
