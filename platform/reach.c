#include "platform/reach.h"

#include <stdlib.h>
#include <string.h>

/* ---- going through the tables ---- */

struct derivation {
    struct reach *reach;
    const struct reach_memory *memory;
    size_t table_max;
    enum reach_verdict verdict;
};

/* Room for one more element; false, with the verdict, when there is none. */
static bool make_room(struct derivation *d, void **array, size_t n, size_t *room, size_t size)
{
    if (n < *room) return true;
    size_t more = *room ? *room * 2 : 64;
    void *grown = realloc(*array, more * size);
    if (!grown) {
        d->verdict = REACH_NO_MEMORY;
        return false;
    }
    *array = grown;
    *room = more;
    return true;
}

static bool add_table_page(struct derivation *d, u64 pa)
{
    struct reach *r = d->reach;
    const u8 *host = d->memory->page(d->memory->arg, pa);
    if (r->table_n == d->table_max) d->verdict = REACH_TOO_MANY_TABLES;
    if (d->verdict != REACH_DONE ||
        !make_room(d, (void **)&r->table, r->table_n, &r->table_room, sizeof *r->table))
        return false;
    struct reach_table *t = &r->table[r->table_n++];
    t->pa = pa;
    if (host)
        memcpy(t->content, host, PAGE_SIZE);
    else
        memset(t->content, 0, PAGE_SIZE);
    return true;
}

/* Adds to the extent that was found last, if it goes on from there. */
static bool add_extent(struct derivation *d, const struct walk_mapping *m)
{
    struct reach *r = d->reach;
    struct extent *last = r->extent_n ? &r->extent[r->extent_n - 1] : NULL;
    u64 size = BIT(m->shift);
    if (last && last->allowed == m->allowed && last->pa + last->size == m->pa &&
        last->gpa + last->size == m->gpa) {
        last->size += size;
        return true;
    }
    if (!make_room(d, (void **)&r->extent, r->extent_n, &r->extent_room, sizeof *r->extent))
        return false;
    r->extent[r->extent_n++] = (struct extent){m->pa, size, m->gpa, m->allowed};
    return true;
}

static bool found(void *arg, const struct walk_mapping *m)
{
    struct derivation *d = arg;
    if (!m->table) return add_extent(d, m);
    for (u64 at = 0; at < BIT(m->shift); at += PAGE_SIZE)
        if (!add_table_page(d, m->pa + at)) return false;
    return true;
}

static bool read_entry(void *arg, u64 pa, u64 *pte)
{
    const struct reach_memory *memory = arg;
    const u8 *host = memory->page(memory->arg, pa & ~PAGE_OFFSET_MASK);
    if (!host) return false;
    memcpy(pte, host + (pa & PAGE_OFFSET_MASK), sizeof *pte);
    return true;
}

static int by_pa(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    return (x->pa > y->pa) - (x->pa < y->pa);
}

static int table_by_pa(const void *a, const void *b)
{
    const struct reach_table *x = a, *y = b;
    return (x->pa > y->pa) - (x->pa < y->pa);
}

static void sort(struct reach *r)
{
    if (r->extent_n) qsort(r->extent, r->extent_n, sizeof *r->extent, by_pa);
    if (r->table_n) qsort(r->table, r->table_n, sizeof *r->table, table_by_pa);
    r->longest = 0;
    for (size_t i = 0; i < r->extent_n; i++)
        if (r->extent[i].size > r->longest) r->longest = r->extent[i].size;
}

enum reach_verdict reach_derive(struct reach *r, const struct space *space,
                                const struct reach_memory *memory, size_t table_max)
{
    struct derivation d = {r, memory, table_max, REACH_DONE};
    const struct walk_memory entries = {.arg = (void *)(uintptr_t)memory, .read = read_entry};
    r->extent_n = r->table_n = 0;
    walk_g_mappings(space, &entries, found, &d);
    sort(r);
    return d.verdict;
}

void reach_free(struct reach *r)
{
    free(r->extent);
    free(r->table);
    *r = (struct reach){0};
}

bool reach_is_current(const struct reach *r, const struct reach_memory *memory)
{
    for (size_t i = 0; i < r->table_n; i++) {
        const u8 *host = memory->page(memory->arg, r->table[i].pa);
        if (host && memcmp(host, r->table[i].content, PAGE_SIZE) != 0) return false;
    }
    return true;
}

/* ---- asking ---- */

/* The first extent that begins at or above pa. */
static size_t lower_bound(const struct reach *r, u64 pa)
{
    size_t low = 0, high = r->extent_n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->extent[middle].pa < pa)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last byte of a range, which may be the last that there is. */
static u64 last_of(u64 base, u64 size)
{
    return base + size - 1 < base ? ~0ull : base + size - 1;
}

const struct extent *reach_find(const struct reach *r, u64 pa, u64 size)
{
    u64 last = last_of(pa, size), from = pa > r->longest ? pa - r->longest : 0;
    for (size_t i = lower_bound(r, from); i < r->extent_n && r->extent[i].pa <= last; i++)
        if (last_of(r->extent[i].pa, r->extent[i].size) >= pa) return &r->extent[i];
    return NULL;
}

const struct reach_table *reach_find_table(const struct reach *r, u64 pa, u64 size)
{
    u64 last = last_of(pa, size);
    for (size_t i = 0; i < r->table_n; i++)
        if (r->table[i].pa <= last && r->table[i].pa + PAGE_SIZE > pa) return &r->table[i];
    return NULL;
}

/* The physical address of gpa; ~0 when it is not mapped. */
static u64 to_pa(const struct reach *r, u64 gpa)
{
    for (size_t i = 0; i < r->extent_n; i++)
        if (gpa - r->extent[i].gpa < r->extent[i].size)
            return r->extent[i].pa + (gpa - r->extent[i].gpa);
    return ~0ull;
}

size_t reach_read(const struct reach *r, const struct reach_memory *memory, u64 gpa, void *to,
                  size_t size)
{
    size_t done = 0;
    while (done < size) {
        u64 pa = to_pa(r, gpa + done);
        const u8 *host = pa == ~0ull ? NULL : memory->page(memory->arg, pa & ~PAGE_OFFSET_MASK);
        size_t part = PAGE_SIZE - (pa & PAGE_OFFSET_MASK);
        if (!host) break;
        if (part > size - done) part = size - done;
        memcpy((u8 *)to + done, host + (pa & PAGE_OFFSET_MASK), part);
        done += part;
    }
    return done;
}

/* ---- the digest ---- */

static int by_gpa(const void *a, const void *b)
{
    const struct extent *x = *(const struct extent *const *)a,
                        *y = *(const struct extent *const *)b;
    return (x->gpa > y->gpa) - (x->gpa < y->gpa);
}

/* FNV-1a with the constants for 64 bits, but over words in place of bytes. */
static u64 mix(u64 hash, u64 word)
{
    return (hash ^ word) * 0x100000001b3ull;
}

static u64 mix_page(u64 hash, u64 gpa, const u8 *page)
{
    u64 words[PAGE_SIZE / 8], any = 0;
    memcpy(words, page, PAGE_SIZE);
    for (unsigned k = 0; k < PAGE_SIZE / 8; k++) any |= words[k];
    if (!any) return hash;
    hash = mix(hash, gpa);
    for (unsigned k = 0; k < PAGE_SIZE / 8; k++) hash = mix(hash, words[k]);
    return hash;
}

u64 reach_digest(const struct reach *r, const struct reach_memory *memory)
{
    u64 hash = 0xcbf29ce484222325ull;
    const struct extent **order = malloc((r->extent_n + 1) * sizeof *order);
    if (!order) return 0;
    for (size_t i = 0; i < r->extent_n; i++) order[i] = &r->extent[i];
    qsort(order, r->extent_n, sizeof *order, by_gpa);
    for (size_t i = 0; i < r->extent_n; i++)
        for (u64 at = 0; at < order[i]->size; at += PAGE_SIZE) {
            const u8 *page = memory->page(memory->arg, order[i]->pa + at);
            if (page) hash = mix_page(hash, order[i]->gpa + at, page);
        }
    free(order);
    return hash;
}
