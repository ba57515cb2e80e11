#include "platform/dts.h"

#include "hart/types.h"

#include <ctype.h>
#include <libfdt.h>

static void indent(FILE *out, int depth)
{
    for (int k = 0; k < depth; k++) fputc('\t', out);
}

/* True for one or more printable strings, each with its end: what dtc takes for text as well. */
static bool is_text(const char *p, int length)
{
    bool at_start = true;
    if (length <= 0 || p[length - 1]) return false;
    for (int k = 0; k < length; k++) {
        if (!p[k] && at_start) return false;
        if (p[k] && !isprint((unsigned char)p[k])) return false;
        at_start = !p[k];
    }
    return true;
}

static void print_text(FILE *out, const char *p, int length)
{
    fputs(" = \"", out);
    for (int k = 0; k < length - 1; k++) {
        if (!p[k]) {
            fputs("\", \"", out);
            continue;
        }
        if (p[k] == '"' || p[k] == '\\') fputc('\\', out);
        fputc(p[k], out);
    }
    fputc('"', out);
}

static void print_cells(FILE *out, const void *p, int length)
{
    fputs(" = <", out);
    for (int k = 0; k < length; k += 4)
        fprintf(out, "%s0x%02x", k ? " " : "", fdt32_ld((const fdt32_t *)((const u8 *)p + k)));
    fputc('>', out);
}

static void print_bytes(FILE *out, const u8 *p, int length)
{
    fputs(" = [", out);
    for (int k = 0; k < length; k++) fprintf(out, "%s%02x", k ? " " : "", p[k]);
    fputc(']', out);
}

static bool print_property(FILE *out, const void *fdt, int offset, int depth)
{
    const char *name;
    int length;
    const void *value = fdt_getprop_by_offset(fdt, offset, &name, &length);
    if (!value) return false;
    indent(out, depth);
    fputs(name, out);
    if (is_text(value, length))
        print_text(out, value, length);
    else if (length % 4 == 0 && length)
        print_cells(out, value, length);
    else if (length)
        print_bytes(out, value, length);
    fputs(";\n", out);
    return true;
}

/* The node's first line and its properties; its children and end follow from the walk. */
static bool open_node(FILE *out, const void *fdt, int node, int depth)
{
    const char *name = fdt_get_name(fdt, node, NULL);
    int property;
    if (!name) return false;
    indent(out, depth);
    fprintf(out, "%s {\n", *name ? name : "/");
    fdt_for_each_property_offset(
        property, fdt, node) if (!print_property(out, fdt, property, depth + 1)) return false;
    return true;
}

static void close_node(FILE *out, int depth)
{
    indent(out, depth);
    fputs("};\n", out);
}

bool dts_print(FILE *out, const void *fdt)
{
    int depth = -1, open = 0, node = fdt_next_node(fdt, -1, &depth);
    fputs("/dts-v1/;\n\n", out);
    for (; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
        while (open > depth) close_node(out, --open);
        if (open) fputc('\n', out);
        if (!open_node(out, fdt, node, depth)) return false;
        open = depth + 1;
    }
    while (open > 0) close_node(out, --open);
    return node >= 0 || node == -FDT_ERR_NOTFOUND;
}
