/* Writes a flattened device tree in one pass: header, memory reservations (none), structure, and
 * the strings behind it. Running out of room is remembered and told by fdt_finish. */
#include "firmware/fdt/fdt.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };
enum { HEADER_SIZE = 40, RSVMAP_SIZE = 16, VERSION = 17, LAST_COMPATIBLE_VERSION = 16 };

/* Appends bytes, padded to a cell. */
static void put_bytes(struct fdt_out *f, const void *bytes, u32 size)
{
    u32 padded = (size + 3) & ~3u;
    if (padded > (u64)(f->end - f->at)) {
        f->full = true;
        return;
    }
    memset(f->at, 0, padded);
    memcpy(f->at, bytes, size);
    f->at += padded;
}

static void put_cell(struct fdt_out *f, u32 value)
{
    const u8 bytes[] = {(u8)(value >> 24), (u8)(value >> 16), (u8)(value >> 8), (u8)value};
    put_bytes(f, bytes, sizeof bytes);
}

/* The offset of a property's name among the strings, where each stands once. */
static u32 string_offset(struct fdt_out *f, const char *name)
{
    u32 at = 0, size = (u32)strlen(name) + 1;
    for (; at < f->strings_size; at += (u32)strlen(f->strings + at) + 1)
        if (!strcmp(f->strings + at, name)) return at;
    if (size > sizeof f->strings - at) {
        f->full = true;
        return 0;
    }
    memcpy(f->strings + at, name, size);
    f->strings_size += size;
    return at;
}

void fdt_begin(struct fdt_out *f, void *buffer, u32 size)
{
    *f = (struct fdt_out){.begin = buffer, .end = (u8 *)buffer + size};
    f->at = f->begin + HEADER_SIZE + RSVMAP_SIZE;
    memset(buffer, 0, HEADER_SIZE + RSVMAP_SIZE);
    fdt_node(f, "");
}

void fdt_node(struct fdt_out *f, const char *name)
{
    put_cell(f, BEGIN_NODE);
    put_bytes(f, name, (u32)strlen(name) + 1);
}

void fdt_unit_node(struct fdt_out *f, const char *name, u64 address)
{
    char full[40];
    size_t n = strlen(name);
    memcpy(full, name, n);
    full[n++] = '@';
    n += put_digits(full + n, address, 16);
    full[n] = 0;
    fdt_node(f, full);
}

void fdt_end_node(struct fdt_out *f)
{
    put_cell(f, END_NODE);
}

void fdt_put(struct fdt_out *f, const char *name, const void *value, u32 size)
{
    put_cell(f, PROP);
    put_cell(f, size);
    put_cell(f, string_offset(f, name));
    put_bytes(f, value, size);
}

void fdt_put_cells(struct fdt_out *f, const char *name, const u32 *cells, unsigned count)
{
    put_cell(f, PROP);
    put_cell(f, count * 4);
    put_cell(f, string_offset(f, name));
    for (unsigned i = 0; i < count; i++) put_cell(f, cells[i]);
}

void fdt_put_u32(struct fdt_out *f, const char *name, u32 value)
{
    fdt_put_cells(f, name, &value, 1);
}

void fdt_put_u64(struct fdt_out *f, const char *name, u64 value)
{
    fdt_put_cells(f, name, (u32[]){(u32)(value >> 32), (u32)value}, 2);
}

void fdt_put_range(struct fdt_out *f, struct range r)
{
    const u32 reg[] = {(u32)(r.base >> 32), (u32)r.base, (u32)(r.size >> 32), (u32)r.size};
    fdt_put_cells(f, "reg", reg, 4);
}

void fdt_put_string(struct fdt_out *f, const char *name, const char *value)
{
    fdt_put(f, name, value, (u32)strlen(value) + 1);
}

u32 fdt_finish(struct fdt_out *f)
{
    fdt_end_node(f);
    put_cell(f, END);
    u32 structs = HEADER_SIZE + RSVMAP_SIZE, strings = (u32)(f->at - f->begin);
    put_bytes(f, f->strings, f->strings_size);
    if (f->full) return 0;
    u32 size = (u32)(f->at - f->begin);
    const u32 header[HEADER_SIZE / 4] = {0xd00dfeed,
                                         size,
                                         structs,
                                         strings,
                                         HEADER_SIZE,
                                         VERSION,
                                         LAST_COMPATIBLE_VERSION,
                                         0,
                                         f->strings_size,
                                         strings - structs};
    f->at = f->begin;
    for (u32 i = 0; i < HEADER_SIZE / 4; i++) put_cell(f, header[i]);
    return size;
}
