#include "mmu/atc.h"

#include <stdlib.h>
#include <string.h>

enum { WAY_N = 16, SET_N = ATC_ENTRY_N / WAY_N };

struct set {
    struct atc_entry way[WAY_N];
    unsigned next; /* the way to give up when all are in use */
};

struct atc {
    bool keep_invalid;
    struct set set[SET_N];
};

struct atc *atc_new(bool keep_invalid)
{
    struct atc *a = calloc(1, sizeof *a);
    if (a) a->keep_invalid = keep_invalid;
    return a;
}

void atc_free(struct atc *a)
{
    free(a);
}

void atc_clear(struct atc *a)
{
    memset(a->set, 0, sizeof a->set);
}

/* ---- holding ---- */

/* Sizes of what entries are for: a page of each level, and Svnapot's 64 KiB. */
static const struct size {
    u8 shift, level;
} sizes[] = {
    {12, 0},
    {16, 0},
    {21, 1},
    {30, 2},
    {39, 3},
    {48, 4},
};
enum { SIZE_N = sizeof sizes / sizeof sizes[0] };

/* ASIDs share a set, for global entries are for all of them. */
static struct set *set_of(struct atc *a, struct atc_tables tables, u64 page, unsigned shift)
{
    u64 key = page * 64 + shift + ((u64)tables.vmid * 4 + tables.kind) * 0x9e3779b9;
    return &a->set[key * 0x9e3779b97f4a7c15 >> 54 & (SET_N - 1)];
}

static bool same_tables(const struct atc_entry *e, struct atc_tables tables)
{
    return e->tables.kind == tables.kind && e->tables.vmid == tables.vmid &&
           (e->global || e->tables.asid == tables.asid);
}

static struct atc_entry *find(struct atc *a, struct atc_tables tables, u64 page, unsigned shift)
{
    struct set *set = set_of(a, tables, page, shift);
    for (unsigned k = 0; k < WAY_N; k++) {
        struct atc_entry *e = &set->way[k];
        if (e->used && e->page == page && e->shift == shift && same_tables(e, tables)) return e;
    }
    return NULL;
}

const struct atc_entry *atc_find(struct atc *a, struct atc_tables tables, u64 va, unsigned levels)
{
    for (unsigned k = 0; k < SIZE_N && sizes[k].level < levels; k++) {
        struct atc_entry *e = find(a, tables, va >> sizes[k].shift, sizes[k].shift);
        if (e) return e;
    }
    return NULL;
}

/* A free way, or the one whose turn it is. */
static struct atc_entry *make_room(struct set *set)
{
    for (unsigned k = 0; k < WAY_N; k++)
        if (!set->way[k].used) return &set->way[k];
    return &set->way[set->next++ % WAY_N];
}

void atc_keep(struct atc *a, const struct atc_entry *entry)
{
    if (!(entry->pte & 1) && !a->keep_invalid) return;
    struct atc_entry *e = find(a, entry->tables, entry->page, entry->shift);
    if (!e) e = make_room(set_of(a, entry->tables, entry->page, entry->shift));
    *e = *entry;
    e->used = true;
}

void atc_drop(struct atc *a, const struct atc_entry *entry)
{
    struct atc_entry *e = find(a, entry->tables, entry->page, entry->shift);
    if (e) e->used = false;
}

/* ---- fences ---- */

/* "The fence also invalidates all address-translation cache entries that contain leaf page table
 * entries corresponding to the virtual address in rs1, for all address spaces" (12.2.1), and so on:
 * pointers and global mappings are left where they need not go. An invalid entry counts as a leaf,
 * since it may be about to become one. */
static bool retires(const struct atc_fence *f, const struct atc_entry *e)
{
    if (e->tables.kind != f->tables.kind) return false;
    if (f->by_vmid && e->tables.vmid != f->tables.vmid) return false;
    if (f->by_asid && (e->global || e->tables.asid != f->tables.asid)) return false;
    return !f->by_address || (!e->pointer && e->page == f->address >> e->shift);
}

void atc_fence(struct atc *a, const struct atc_fence *fence)
{
    for (unsigned s = 0; s < SET_N; s++)
        for (unsigned k = 0; k < WAY_N; k++)
            if (retires(fence, &a->set[s].way[k])) a->set[s].way[k].used = false;
}
