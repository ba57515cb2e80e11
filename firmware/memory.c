/* Which memory the machine has, and what of it is already in use. */
#include "firmware/fdt/fdt.h"

extern char image_start[], image_end[];

/* Reserves the entries of `reg` of each child of a node that passes the test. */
static void reserve_children(int parent, const char *compatible)
{
    if (parent == FDT_NONE) return;
    for (int node = fdt_child(parent); node != FDT_NONE; node = fdt_sibling(node)) {
        struct range r;
        if (compatible && !fdt_compatible(node, compatible)) continue;
        for (unsigned n = 0; fdt_reg(parent, node, n, &r); n++) page_reserve(r);
    }
}

static bool is_ram(int node)
{
    const char *type = fdt_string(node, "device_type");
    return type && !strcmp(type, "memory");
}

/* The n-th bank of RAM: one for each entry of each memory node's reg. */
static bool bank(unsigned n, struct range *r)
{
    for (int node = fdt_child(fdt_root()); node != FDT_NONE; node = fdt_sibling(node))
        for (unsigned i = 0; is_ram(node) && fdt_reg(fdt_root(), node, i, r); i++)
            if (n-- == 0) return true;
    return false;
}

bool memory_has(struct range wanted)
{
    struct range r;
    for (unsigned n = 0; bank(n, &r); n++) {
        u64 offset = wanted.base - r.base;
        if (offset <= r.size && wanted.size <= r.size - offset) return true;
    }
    return false;
}

/* Below vmm in the same bank lives the firmware, whether the tree says so or not. */
static void reserve_image(struct range r)
{
    u64 start = (u64)image_start, end = (u64)image_end;
    if (start - r.base < r.size) page_reserve((struct range){r.base, end - r.base});
}

void memory_init(void)
{
    struct range r;
    int chosen = fdt_find(fdt_root(), "chosen");
    for (unsigned n = 0; bank(n, &r); n++) reserve_image(r);
    page_reserve(fdt_extent());
    for (unsigned n = 0; fdt_memreserve(n, &r); n++) page_reserve(r);
    reserve_children(fdt_find(fdt_root(), "reserved-memory"), NULL);
    reserve_children(chosen, "multiboot,module");
    reserve_children(chosen, "multiboot,kernel");
    reserve_children(chosen, "multiboot,ramdisk");
    page_reserve(vm_module_range(chosen));
    for (unsigned n = 0; bank(n, &r); n++) page_add_ram(r);
}
