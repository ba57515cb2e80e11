/* vmm's own reader of the machine's device tree, which promises that a damaged tree yields missing
 * nodes and properties and never a stray read. Input: a flattened device tree. */
#include "hart/types.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
/* The file itself, which is built for RISC-V everywhere else; without the header that says so. */
#define FIRMWARE_RISCV_H
#include "firmware/fdt/read.c"

enum { NODES_MAX = 100 };

static void check_inside(const void *part, u32 size)
{
    const u8 *p = part;
    HOLDS(p >= tree && size <= tree_size && p - tree <= tree_size - size, "outside the tree");
}

static void check_node(int parent, int node)
{
    static const char *const names[] = {"reg", "compatible", "#address-cells", "bootargs"};
    struct range r;
    u64 number;
    u32 size;
    for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++) {
        const void *value = fdt_prop(node, names[k], &size);
        if (value) check_inside(value, size);
        const char *text = fdt_string(node, names[k]);
        if (text) check_inside(text, (u32)strlen(text) + 1);
        fdt_number(node, names[k], &number);
    }
    fdt_compatible(node, "multiboot,kernel");
    for (unsigned n = 0; n < 4; n++) fdt_reg(parent, node, n, &r);
    fdt_find(node, "cpu");
}

/* The nodes below one, as deep as they go. */
static void check_below(int parent, unsigned *left)
{
    for (int node = fdt_child(parent); node != FDT_NONE && *left; node = fdt_sibling(node)) {
        *left -= 1;
        check_node(parent, node);
        check_below(node, left);
    }
}

static void check_tree(void)
{
    struct range r = fdt_extent();
    unsigned left = NODES_MAX;
    HOLDS(r.base == (u64)tree && r.size == tree_size, "its extent");
    if (fdt_root() != FDT_NONE) check_below(fdt_root(), &left);
    check_node(fdt_root(), fdt_find(fdt_root(), "chosen"));
    for (unsigned n = 0; n < 4; n++) fdt_memreserve(n, &r);
}

/* The size that the header gives is believed, so the blob has as many bytes. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (size < HEADER_SIZE) return 0;
    u32 total = (u32)data[4] << 24 | (u32)data[5] << 16 | (u32)data[6] << 8 | data[7];
    if (total < HEADER_SIZE || total > size) return 0;
    u8 *blob = malloc(total); /* aligned to 8 and no longer than that, for ASan */
    HOLDS(blob, "no memory");
    memcpy(blob, data, total);
    if (fdt_open(blob)) check_tree();
    free(blob);
    return 0;
}
