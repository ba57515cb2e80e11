#define _GNU_SOURCE /* memmem */
#include "platform/worlds.h"

#include "hart/state.h"
#include "platform/message.h"

#include <libfdt.h>
#include <stdio.h>
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

/* The first entry of a node's reg. False when it has none that can be read. */
static bool read_reg(const void *fdt, int parent, int node, u64 *base, u64 *size)
{
    int bytes, address_n = fdt_address_cells(fdt, parent), size_n = fdt_size_cells(fdt, parent);
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &bytes);
    if (!reg || address_n < 1 || address_n > 2 || size_n < 1 || size_n > 2 ||
        bytes < (address_n + size_n) * 4)
        return false;
    *base = cells(reg, address_n);
    *size = cells(reg + address_n, size_n);
    return true;
}

/* What stands behind this word of the arguments; NULL when it is not there. */
static const char *argument(const char *bootargs, const char *word)
{
    size_t n = strlen(word);
    for (const char *s = n ? bootargs : NULL; s && *s; s++)
        if ((s == bootargs || s[-1] == ' ') && strncmp(s, word, n) == 0) return s + n;
    return NULL;
}

/* A number that the arguments have, or else the node. */
static u64 number(const void *fdt, int node, const char *word, const char *property, u64 otherwise)
{
    int size;
    const fdt32_t *p = fdt_getprop(fdt, node, property, &size);
    const char *text = argument(fdt_getprop(fdt, node, "bootargs", NULL), word);
    if (text) return strtoull(text, NULL, 10);
    return p && (size == 4 || size == 8) ? cells(p, size / 4) : otherwise;
}

/* A word that the node has, or else the arguments: up to a space. */
static void words(const void *fdt, int node, const char *word, const char *property, char *out,
                  size_t size)
{
    const char *text = fdt_getprop(fdt, node, property, NULL);
    if (!text) text = argument(fdt_getprop(fdt, node, "bootargs", NULL), word);
    snprintf(out, size, "%.*s", text ? (int)strcspn(text, " ") : 0, text ? text : "");
}

static bool lists(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *s = list; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
        if (strncmp(s, word, n) == 0 && (!s[n] || s[n] == ',')) return true;
    return false;
}

/* What the VM has besides its RAM. */
static void read_extras(const void *fdt, int node, struct vm_given *vm)
{
    char list[64], device[64];
    int soc = fdt_path_offset(fdt, "/soc");
    words(fdt, node, "vmm.devices=", "vhart,devices", list, sizeof list);
    words(fdt, node, "vmm.pass=", "vhart,pass", device, sizeof device);
    vm->net = lists(list, "net");
    vm->share = number(fdt, node, "vmm.share=", "vhart,share", ~0ull);
    int its = soc < 0 || !*device ? -1 : fdt_subnode_offset(fdt, soc, device);
    if (its < 0 || !read_reg(fdt, soc, its, &vm->pass, &vm->pass_size)) vm->pass_size = 0;
}

/* False when the node has no image. */
static bool read_kernel(const void *fdt, int chosen, int node, struct vm_given *vm)
{
    enum { MIB_SHIFT = 20, DEFAULT = 128 };
    *vm = (struct vm_given){.bootargs = fdt_getprop(fdt, node, "bootargs", NULL)};
    words(fdt, node, "vmm.name=", "vhart,name", vm->name, sizeof vm->name);
    vm->memory = number(fdt, node, "vmm.memory=", "", DEFAULT) << MIB_SHIFT;
    if (!argument(vm->bootargs, "vmm.memory="))
        vm->memory = number(fdt, node, "", "vhart,memory-size", vm->memory);
    read_extras(fdt, node, vm);
    return read_reg(fdt, chosen, node, &vm->kernel, &vm->kernel_size);
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
