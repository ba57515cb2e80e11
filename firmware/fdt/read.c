/* Reads the machine's flattened device tree in place (Devicetree specification v0.4, chapter 5). A
 * node is the offset of its FDT_BEGIN_NODE token. Every access is checked against the blob's size:
 * a damaged tree yields missing nodes and properties, never a stray read. */
#include "firmware/fdt/fdt.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };
enum { FDT_MAGIC = 0xd00dfeed, HEADER_SIZE = 40, LIMIT = 1 << 24 };

static const u8 *tree;
static u32 tree_size, structs, structs_end, strings, rsvmap;

static u32 be32(u32 at)
{
    if (at > tree_size - 4) return END;
    const u8 *p = tree + at;
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 be64(u32 at)
{
    return (u64)be32(at) << 32 | be32(at + 4);
}

bool fdt_open(const void *blob)
{
    tree = blob;
    tree_size = HEADER_SIZE;
    if ((u64)blob % 8 || be32(0) != FDT_MAGIC || be32(4) < HEADER_SIZE || be32(4) > LIMIT)
        return false;
    tree_size = be32(4);
    structs = be32(8);
    strings = be32(12);
    rsvmap = be32(16);
    u32 size = be32(36);
    if (structs > tree_size || size > tree_size - structs || strings > tree_size) return false;
    structs_end = structs + size;
    return true;
}

struct range fdt_extent(void)
{
    return (struct range){(u64)tree, tree_size};
}

/* The text at `at`, if it ends before `end`. */
static const char *text_at(u32 at, u32 end)
{
    for (u32 i = at; i < end; i++)
        if (!tree[i]) return (const char *)tree + at;
    return NULL;
}

static u32 skip_nops(u32 at)
{
    while (be32(at) == NOP) at += 4;
    return at;
}

/* The offset of the token behind the one at `at`; 0 at the end of the tree or if it is damaged. */
static u32 skip_token(u32 at)
{
    u32 token = be32(at), size = 0;
    if (token == BEGIN_NODE) {
        const char *name = text_at(at + 4, structs_end);
        if (!name) return 0;
        size = (u32)strlen(name) + 1;
    } else if (token == PROP) {
        if (be32(at + 4) > tree_size) return 0;
        size = 8 + be32(at + 4);
    } else if (token != END_NODE) {
        return 0;
    }
    u32 next = skip_nops(at + 4 + ((size + 3) & ~3u));
    return next < structs_end ? next : 0;
}

/* The node at `at`, if there is one and its name ends. */
static int node_at(u32 at)
{
    bool node = at && be32(at) == BEGIN_NODE && text_at(at + 4, structs_end);
    return node ? (int)at : FDT_NONE;
}

int fdt_root(void)
{
    return node_at(skip_nops(structs));
}

/* The node that begins at or, behind properties, after `at`. */
static int node_from(u32 at)
{
    while (at && be32(at) == PROP) at = skip_token(at);
    return node_at(at);
}

int fdt_child(int node)
{
    return node == FDT_NONE ? FDT_NONE : node_from(skip_token((u32)node));
}

int fdt_sibling(int node)
{
    u32 at = (u32)node;
    int depth = 0;
    do {
        u32 token = be32(at);
        if (token == BEGIN_NODE) depth++;
        if (token == END_NODE) depth--;
        at = skip_token(at);
    } while (at && depth);
    return node_from(at);
}

static bool name_matches(const char *have, const char *want)
{
    size_t n = strlen(want);
    return strlen(have) >= n && !memcmp(have, want, n) && (!have[n] || have[n] == '@');
}

int fdt_find(int parent, const char *name)
{
    int node = fdt_child(parent);
    while (node != FDT_NONE && !name_matches((const char *)tree + node + 4, name))
        node = fdt_sibling(node);
    return node;
}

const void *fdt_prop(int node, const char *name, u32 *size)
{
    if (node == FDT_NONE) return NULL;
    for (u32 at = skip_token((u32)node); at && be32(at) == PROP; at = skip_token(at)) {
        u32 offset = be32(at + 8);
        const char *have = offset < tree_size ? text_at(strings + offset, tree_size) : NULL;
        if (!have || strcmp(have, name)) continue;
        *size = be32(at + 4);
        return skip_token(at) ? tree + at + 12 : NULL;
    }
    return NULL;
}

const char *fdt_string(int node, const char *name)
{
    u32 size;
    const char *s = fdt_prop(node, name, &size);
    return s && size && !s[size - 1] ? s : NULL;
}

bool fdt_cells(int node, const char *name, u32 at, u32 count, u64 *value)
{
    u32 size;
    const u8 *p = fdt_prop(node, name, &size);
    if (!p || at > size / 4 || count > size / 4 - at) return false;
    u32 first = (u32)(p - tree) + at * 4;
    *value = count == 2 ? be64(first) : be32(first);
    return true;
}

bool fdt_number(int node, const char *name, u64 *value)
{
    u32 size;
    return fdt_prop(node, name, &size) && (size == 4 || size == 8) &&
           fdt_cells(node, name, 0, size / 4, value);
}

bool fdt_compatible(int node, const char *name)
{
    u32 size, n = 0;
    const char *list = fdt_string(node, "compatible");
    if (!list) return false;
    fdt_prop(node, "compatible", &size);
    for (; n < size; n += (u32)strlen(list + n) + 1)
        if (!strcmp(list + n, name)) return true;
    return false;
}

static u32 cell_count(int parent, const char *name)
{
    u64 n;
    if (!fdt_number(parent, name, &n) && !fdt_number(fdt_root(), name, &n)) n = 2;
    return n == 1 ? 1 : 2;
}

bool fdt_reg(int parent, int node, unsigned n, struct range *r)
{
    u32 a = cell_count(parent, "#address-cells"), s = cell_count(parent, "#size-cells");
    u32 at = n * (a + s);
    return fdt_cells(node, "reg", at, a, &r->base) && fdt_cells(node, "reg", at + a, s, &r->size) &&
           r->base + r->size >= r->base;
}

bool fdt_memreserve(unsigned n, struct range *r)
{
    u32 at = rsvmap + n * 16;
    if (at < HEADER_SIZE || at > tree_size - 16) return false;
    *r = (struct range){be64(at), be64(at + 8)};
    return r->size != 0;
}
