/* Device trees: the machine's is read, a guest's is written. */
#ifndef FIRMWARE_FDT_H
#define FIRMWARE_FDT_H

#include "firmware/vmm.h"

/* ---- read.c ---- */

enum { FDT_NONE = -1 };

bool fdt_open(const void *blob);
struct range fdt_extent(void);
int fdt_root(void);
int fdt_child(int node);
int fdt_sibling(int node);
/* The child of this name; a name without @ also stands for that name with any unit address. */
int fdt_find(int parent, const char *name);
const void *fdt_prop(int node, const char *name, u32 *size);
const char *fdt_string(int node, const char *name);
bool fdt_number(int node, const char *name, u64 *value);
/* The number in one or two cells of a property, from the cell `at` on. */
bool fdt_cells(int node, const char *name, u32 at, u32 count, u64 *value);
bool fdt_compatible(int node, const char *name);
/* The n-th entry of `reg`, with the parent's numbers of cells, or the root's if it has none. */
bool fdt_reg(int parent, int node, unsigned n, struct range *r);
bool fdt_memreserve(unsigned n, struct range *r);

/* ---- write.c ---- */

struct fdt_out {
    u8 *at, *end, *begin;
    char strings[512];
    u32 strings_size;
    bool full;
};
void fdt_begin(struct fdt_out *f, void *buffer, u32 size);
void fdt_node(struct fdt_out *f, const char *name);
/* A node with a unit address: name@address; the name has up to 22 characters. */
void fdt_unit_node(struct fdt_out *f, const char *name, u64 address);
void fdt_end_node(struct fdt_out *f);
void fdt_put(struct fdt_out *f, const char *name, const void *value, u32 size);
void fdt_put_cells(struct fdt_out *f, const char *name, const u32 *cells, unsigned count);
void fdt_put_u32(struct fdt_out *f, const char *name, u32 value);
void fdt_put_u64(struct fdt_out *f, const char *name, u64 value);
/* The property reg, in two cells each. */
void fdt_put_range(struct fdt_out *f, struct range r);
void fdt_put_string(struct fdt_out *f, const char *name, const char *value);
/* The size of the finished tree, 0 if it did not fit. */
u32 fdt_finish(struct fdt_out *f);

/* ---- guest.c ---- */

/* The guest physical address of its tree: all of its RAM below is free. */
u64 tree_address(const struct vm *vm);
/* Puts the guest's tree at the top of its RAM; its address, 0 if there is no room. */
u64 tree_build(struct vm *vm, const char *bootargs, struct range ramdisk);

#endif
