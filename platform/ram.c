#include "platform/ram.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* RAM is mapped from the host in chunks of 1 GiB, each when it is first touched. The mapping is
 * without reservation, so that the host gives a page only where the guest has written. The flag
 * bytes of a chunk's pages lie behind its memory in the same mapping.
 *
 * Chunks are found through a hash of their number, with open addressing; a chunk never moves or
 * changes, only the table of pointers grows. Harts that run at the same time look for chunks
 * without a lock: what they find was published whole, and a table that was outgrown is kept. */
enum { CHUNK_SHIFT = 30, CHUNK_PAGES = 1 << (CHUNK_SHIFT - PAGE_SHIFT), SLOTS_MIN = 16 };
#define CHUNK_SIZE BIT(CHUNK_SHIFT)

struct chunk {
    u64 number; /* (pa - base) >> CHUNK_SHIFT */
    u8 *memory;
    u8 *flags;
    size_t mapped; /* bytes, memory and flags */
};

struct table {
    struct table *outgrown; /* the one before */
    size_t slot_count;      /* a power of two, at least twice chunk_count */
    struct chunk *slots[];  /* NULL: empty */
};

struct ram {
    u64 base, size;
    struct table *table;
    size_t chunk_count;
    struct chunk *last; /* the chunk that was asked for last; NULL: none yet */
    bool exhausted;
    u8 flags; /* that every page has */
    pthread_mutex_t growing;
};

static struct table *new_table(size_t slot_count, struct table *outgrown)
{
    struct table *t = calloc(1, sizeof *t + slot_count * sizeof t->slots[0]);
    if (!t) return NULL;
    t->slot_count = slot_count;
    t->outgrown = outgrown;
    return t;
}

struct ram *ram_new(u64 base, u64 size)
{
    struct ram *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->base = base;
    r->size = size;
    r->table = new_table(SLOTS_MIN, NULL);
    if (r->table && pthread_mutex_init(&r->growing, NULL) == 0) return r;
    free(r->table);
    free(r);
    return NULL;
}

static void free_chunk(struct chunk *c)
{
    if (!c) return;
    munmap(c->memory, c->mapped);
    free(c);
}

void ram_free(struct ram *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->table->slot_count; i++) free_chunk(r->table->slots[i]);
    for (struct table *t = r->table, *before; t; t = before) {
        before = t->outgrown;
        free(t);
    }
    pthread_mutex_destroy(&r->growing);
    free(r);
}

bool ram_contains(const struct ram *r, u64 pa, u64 size)
{
    u64 offset = pa - r->base;
    return pa >= r->base && offset <= r->size && size <= r->size - offset;
}

bool ram_exhausted(const struct ram *r)
{
    return __atomic_load_n(&r->exhausted, __ATOMIC_RELAXED);
}

/* The slot that holds the chunk, or the empty one where it belongs. */
static struct chunk **find_slot(struct table *t, u64 number)
{
    size_t i = (size_t)((number * 0x9e3779b97f4a7c15ull) >> 32) & (t->slot_count - 1);
    for (;; i = (i + 1) & (t->slot_count - 1)) {
        const struct chunk *c = __atomic_load_n(&t->slots[i], __ATOMIC_ACQUIRE);
        if (!c || c->number == number) return &t->slots[i];
    }
}

static bool grow(struct ram *r)
{
    struct table *old = r->table, *t = new_table(old->slot_count * 2, old);
    if (!t) return false;
    for (size_t i = 0; i < old->slot_count; i++)
        if (old->slots[i]) *find_slot(t, old->slots[i]->number) = old->slots[i];
    __atomic_store_n(&r->table, t, __ATOMIC_RELEASE);
    return true;
}

static struct chunk *map_chunk(const struct ram *r, u64 number)
{
    u64 left = r->size - (number << CHUNK_SHIFT);
    size_t bytes = left < CHUNK_SIZE ? (size_t)left : (size_t)CHUNK_SIZE;
    size_t mapped = bytes + (bytes >> PAGE_SHIFT);
    struct chunk *c = malloc(sizeof *c);
    if (!c) return NULL;
    u8 *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        free(c);
        return NULL;
    }
    madvise(memory, bytes, MADV_HUGEPAGE); /* a host that cannot is slower, no more */
    *c = (struct chunk){number, memory, memory + bytes, mapped};
    if (r->flags) memset(c->flags, r->flags, mapped - bytes);
    return c;
}

/* The chunk with this number, made if it is not there; with the lock held. */
static struct chunk *make_chunk(struct ram *r, u64 number)
{
    struct chunk **slot = find_slot(r->table, number);
    if (*slot) return *slot;
    if (r->chunk_count * 2 >= r->table->slot_count) {
        if (!grow(r)) return NULL;
        slot = find_slot(r->table, number);
    }
    struct chunk *c = map_chunk(r, number);
    if (!c) return NULL;
    r->chunk_count++;
    __atomic_store_n(slot, c, __ATOMIC_RELEASE);
    return c;
}

/* NULL: the host has no room for it. */
static struct chunk *find_chunk(struct ram *r, u64 number)
{
    struct table *t = __atomic_load_n(&r->table, __ATOMIC_ACQUIRE);
    struct chunk *c = __atomic_load_n(find_slot(t, number), __ATOMIC_ACQUIRE);
    if (!c) {
        pthread_mutex_lock(&r->growing);
        c = make_chunk(r, number);
        pthread_mutex_unlock(&r->growing);
    }
    if (c)
        __atomic_store_n(&r->last, c, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&r->exhausted, true, __ATOMIC_RELAXED);
    return c;
}

struct ram_page ram_page(struct ram *r, u64 pa)
{
    u64 offset = pa - r->base, number = offset >> CHUNK_SHIFT;
    if (pa < r->base || offset >= r->size) return (struct ram_page){NULL, NULL};
    const struct chunk *c = __atomic_load_n(&r->last, __ATOMIC_ACQUIRE);
    if (!c || c->number != number) c = find_chunk(r, number);
    if (!c) return (struct ram_page){NULL, NULL};
    u64 page = (offset >> PAGE_SHIFT) & (CHUNK_PAGES - 1);
    return (struct ram_page){c->memory + (page << PAGE_SHIFT), c->flags + page};
}

/* The part of [pa, pa + size) that lies in one page, and where; NULL when the host has no room. */
static u8 *page_part(struct ram *r, u64 pa, u64 size, size_t *part)
{
    u64 in_page = pa & PAGE_OFFSET_MASK;
    u64 room = PAGE_SIZE - in_page;
    *part = (size_t)(size < room ? size : room);
    u8 *host = ram_page(r, pa).host;
    return host ? host + in_page : NULL;
}

bool ram_write(struct ram *r, u64 pa, const void *data, u64 size)
{
    if (!ram_contains(r, pa, size)) return false;
    const u8 *from = data;
    for (size_t part; size; pa += part, from += part, size -= part) {
        u8 *to = page_part(r, pa, size, &part);
        if (!to) return false;
        memcpy(to, from, part);
    }
    return true;
}

bool ram_read(struct ram *r, u64 pa, void *data, u64 size)
{
    if (!ram_contains(r, pa, size)) return false;
    u8 *to = data;
    for (size_t part; size; pa += part, to += part, size -= part) {
        const u8 *from = page_part(r, pa, size, &part);
        if (!from) return false;
        memcpy(to, from, part);
    }
    return true;
}

/* Zero bytes within one chunk that is mapped: whole pages go back to the host. */
static void zero_mapped(u8 *memory, size_t size)
{
    size_t head = (size_t)(-(uintptr_t)memory & PAGE_OFFSET_MASK);
    if (head > size) head = size;
    memset(memory, 0, head);
    memory += head;
    size -= head;
    size_t whole = size & ~(size_t)PAGE_OFFSET_MASK;
    if (whole && madvise(memory, whole, MADV_DONTNEED) != 0) memset(memory, 0, whole);
    memset(memory + whole, 0, size - whole);
}

bool ram_zero(struct ram *r, u64 pa, u64 size)
{
    if (!ram_contains(r, pa, size)) return false;
    for (u64 part, offset = pa - r->base; size; offset += part, size -= part) {
        u64 in_chunk = offset & (CHUNK_SIZE - 1);
        part = size < CHUNK_SIZE - in_chunk ? size : CHUNK_SIZE - in_chunk;
        const struct chunk *c = *find_slot(r->table, offset >> CHUNK_SHIFT);
        if (c) zero_mapped(c->memory + in_chunk, (size_t)part);
    }
    return true;
}

void ram_watch(struct ram *r, u8 flags)
{
    r->flags |= flags;
    for (size_t i = 0; i < r->table->slot_count; i++) {
        const struct chunk *c = r->table->slots[i];
        size_t pages = c ? c->mapped - (size_t)(c->flags - c->memory) : 0;
        for (size_t page = 0; page < pages; page++) c->flags[page] |= flags;
    }
}

/* The mapped chunk with the lowest number that is at least this; NULL: none. */
static const struct chunk *next_chunk(const struct ram *r, u64 number)
{
    const struct chunk *first = NULL;
    for (size_t i = 0; i < r->table->slot_count; i++) {
        const struct chunk *c = r->table->slots[i];
        if (c && c->number >= number && (!first || c->number < first->number)) first = c;
    }
    return first;
}

/* The first page of the chunk, from this one on, that the host has in memory; count: none. Asks for
 * WINDOW pages at a time. */
static u64 next_resident(const struct chunk *c, u64 page, u64 count)
{
    enum { WINDOW = 512 };
    unsigned char resident[WINDOW];
    for (; page < count; page += WINDOW) {
        u64 n = count - page < WINDOW ? count - page : WINDOW;
        if (mincore(c->memory + (page << PAGE_SHIFT), n << PAGE_SHIFT, resident) != 0) return page;
        for (u64 i = 0; i < n; i++)
            if (resident[i] & 1) return page + i;
    }
    return count;
}

u64 ram_next_page(const struct ram *r, u64 pa)
{
    u64 offset = pa - r->base;
    const struct chunk *c = next_chunk(r, offset >> CHUNK_SHIFT);
    while (c) {
        u64 start = c->number << CHUNK_SHIFT, left = r->size - start;
        u64 count = (left < CHUNK_SIZE ? left : CHUNK_SIZE) >> PAGE_SHIFT;
        u64 page = next_resident(c, offset > start ? (offset - start) >> PAGE_SHIFT : 0, count);
        if (page < count) return r->base + start + (page << PAGE_SHIFT);
        c = next_chunk(r, c->number + 1);
    }
    return ~0ull;
}
