#define _GNU_SOURCE /* memmem */
#include "platform/worlds.h"

#include "hart/state.h"
#include "platform/message.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

/* A kernel's first instructions, and as much of a guest's device tree as is searched. */
enum { CODE_SIZE = 64, CODE_SIZE_MIN = 16, TREE_SIZE = 65536 };

static const u8 *page(void *arg, u64 pa)
{
    struct board *b = arg;
    return ram_page(b->ram, pa).host;
}

/* ---- the device tree ---- */

/* A number of one or two cells at p. */
static u64 cells(const fdt32_t *p, int n)
{
    u64 value = fdt32_to_cpu(p[0]);
    return n == 2 ? value << 32 | fdt32_to_cpu(p[1]) : value;
}

static u64 number(const void *fdt, int node, const char *name, u64 otherwise)
{
    int size;
    const fdt32_t *p = fdt_getprop(fdt, node, name, &size);
    return p && (size == 4 || size == 8) ? cells(p, size / 4) : otherwise;
}

/* False when the node has no image. */
static bool read_kernel(const void *fdt, int chosen, int node, struct vm_given *vm)
{
    int size, address_n = fdt_address_cells(fdt, chosen), size_n = fdt_size_cells(fdt, chosen);
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &size);
    const char *name = fdt_getprop(fdt, node, "vhart,name", NULL);
    if (!reg || address_n < 1 || address_n > 2 || size_n < 1 || size_n > 2 ||
        size < (address_n + size_n) * 4)
        return false;
    *vm = (struct vm_given){.kernel = cells(reg, address_n),
                            .kernel_size = cells(reg + address_n, size_n),
                            .memory = number(fdt, node, "vhart,memory-size", 128 << 20),
                            .bootargs = fdt_getprop(fdt, node, "bootargs", NULL)};
    strncpy(vm->name, name ? name : fdt_get_name(fdt, node, NULL), sizeof vm->name - 1);
    return true;
}

bool worlds_init(struct worlds *w, struct board *b)
{
    const void *fdt = board_fdt(b);
    int chosen = fdt_path_offset(fdt, "/chosen"), node;
    *w = (struct worlds){
        .board = b, .memory = {b, page}
    };
    w->given = calloc(GUESTS_GIVEN_MAX, sizeof *w->given);
    if (!w->given) return complain("out of memory");
    fdt_for_each_subnode(node, fdt, chosen)
    {
        if (fdt_node_check_compatible(fdt, node, "multiboot,kernel") != 0) continue;
        if (w->given_n < GUESTS_GIVEN_MAX && read_kernel(fdt, chosen, node, &w->given[w->given_n]))
            w->given_n++;
    }
    return w->given_n || complain("--check-isolation: the device tree has no VMs; give --guest");
}

void worlds_free(struct worlds *w)
{
    for (struct world *world = w->first, *next; world; world = next) {
        next = world->next;
        reach_free(&world->reach);
        free(world);
    }
    free(w->given);
    *w = (struct worlds){0};
}

/* ---- worlds ---- */

struct world *worlds_find(struct worlds *w, const struct hart *h)
{
    u64 root = (h->hgatp & HGATP_PPN) << PAGE_SHIFT & ~MASK(13, 0);
    struct world **end = &w->first;
    for (; *end; end = &(*end)->next)
        if ((*end)->root == root) return *end;
    *end = calloc(1, sizeof **end);
    if (*end) (*end)->root = root;
    return *end;
}

/* Does memory, from physical address pa on, contain these bytes? */
static bool image_has(const struct worlds *w, const struct vm_given *vm, const void *bytes,
                      size_t size)
{
    u8 *image = malloc(vm->kernel_size);
    bool has = image && board_read(w->board, vm->kernel, image, vm->kernel_size) &&
               memmem(image, vm->kernel_size, bytes, size);
    free(image);
    return has;
}

static bool taken(const struct worlds *w, const struct vm_given *vm)
{
    for (const struct world *world = w->first; world; world = world->next)
        if (world->vm == vm) return true;
    return false;
}

/* Of the VMs with this code: the one whose arguments are in the tree, then one that is free. */
static const struct vm_given *choose(const struct worlds *w, const void *code, size_t size,
                                     const u8 *tree, size_t tree_size)
{
    const struct vm_given *best = NULL;
    int most = -1;
    for (unsigned i = 0; i < w->given_n; i++) {
        const struct vm_given *vm = &w->given[i];
        const char *args = vm->bootargs;
        if (!image_has(w, vm, code, size)) continue;
        bool told = args && *args && memmem(tree, tree_size, args, strlen(args) + 1);
        int points = 2 * told + !taken(w, vm);
        if (points > most) best = vm;
        if (points > most) most = points;
    }
    return best;
}

const struct vm_given *worlds_identify(const struct worlds *w, const struct world *world, u64 pc,
                                       u64 a1)
{
    u8 code[CODE_SIZE], *tree = malloc(TREE_SIZE);
    const struct vm_given *vm = NULL;
    size_t size = reach_read(&world->reach, &w->memory, pc, code, sizeof code);
    size_t tree_size = tree ? reach_read(&world->reach, &w->memory, a1, tree, TREE_SIZE) : 0;
    for (; !vm && size >= CODE_SIZE_MIN; size /= 2) vm = choose(w, code, size, tree, tree_size);
    free(tree);
    return vm;
}
