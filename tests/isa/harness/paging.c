#include "paging.h"

extern u8 utext_start[], utext_end[];

enum { POOL_PAGES = 320 };
#define IMAGE 0x80000000ull

static u8 pool[POOL_PAGES][PAGE] __attribute__((aligned(16384)));
static unsigned used;
static bool changed;
static struct table satp_table, vsatp_table, hgatp_table;

unsigned pt_levels(enum scheme scheme)
{
    return scheme - SV39 + 3;
}

void tables_changed(void)
{
    changed = true;
}

u8 *new_pages(unsigned n)
{
    u64 *words = (u64 *)pool[used];

    used += n;
    if (used > POOL_PAGES) {
        print("paging.c: no page left in the pool\n");
        finish(255);
    }
    for (size_t i = 0; i < n * PAGE / sizeof *words; i++) words[i] = 0;
    return (u8 *)words;
}

struct table pt_new(enum scheme scheme, bool x4)
{
    if (x4) used = (used + 3) & ~3u;
    return (struct table){(u64 *)new_pages(x4 ? 4 : 1), scheme, x4};
}

u64 *pt_entry(struct table *t, u64 va, unsigned level)
{
    u64 *table = t->root;
    unsigned top = pt_levels(t->scheme) - 1;

    for (unsigned l = top;; l--) {
        u64 index = va >> (12 + 9 * l) & (l == top && t->x4 ? 0x7ff : 0x1ff);
        u64 *entry = &table[index];

        if (l == level) return entry;
        if (!(*entry & PTE_V)) *entry = (u64)new_pages(1) >> 2 | PTE_V;
        table = (u64 *)((*entry & MASK(53, 10)) << 2);
    }
}

void pt_map(struct table *t, u64 va, u64 pa, unsigned level, u64 flags)
{
    *pt_entry(t, va, level) = pa >> 2 | flags;
    tables_changed();
}

static void map_image(struct table *t, u64 flags)
{
    for (u64 a = IMAGE; a < IMAGE + 2 * MIB; a += PAGE) pt_map(t, a, a, 0, flags);
}

static void map_utext(struct table *t, u64 flags)
{
    for (u64 a = (u64)utext_start; a < (u64)utext_end; a += PAGE) pt_map(t, a, a, 0, flags);
}

struct table *use_satp(enum scheme scheme)
{
    satp_table = pt_new(scheme, false);
    map_image(&satp_table, LEAF_S);
    csr_write(satp, ATP(scheme, 0, satp_table.root));
    return &satp_table;
}

struct table *use_vsatp(enum scheme scheme)
{
    vsatp_table = pt_new(scheme, false);
    map_image(&vsatp_table, LEAF_S);
    csr_write(vsatp, ATP(scheme, 0, vsatp_table.root));
    return &vsatp_table;
}

struct table *use_hgatp(enum scheme scheme)
{
    hgatp_table = pt_new(scheme, true);
    map_image(&hgatp_table, LEAF_U);
    csr_write(hgatp, ATP(scheme, 0, hgatp_table.root));
    return &hgatp_table;
}

void reset_tables(void)
{
    used = 0;
    satp_table.root = vsatp_table.root = hgatp_table.root = NULL;
}

void prepare_tables(enum mode mode)
{
    u64 flags = mode & 1 ? LEAF_S : LEAF_U;
    struct table *t = mode & 4 ? &vsatp_table : &satp_table;

    if (t->root && mode != M_MODE && (*pt_entry(t, (u64)utext_start, 0) & PTE_U) != (flags & PTE_U))
        map_utext(t, flags);
    if (changed) fence_all();
    changed = false;
}
