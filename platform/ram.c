#include "platform/ram.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* RAM is mapped from the host in chunks of 1 GiB, each when it is first touched. The mapping is
 * without reservation, so that the host gives a page only where the guest has written. The flag
 * bytes of a chunk's pages lie behind its memory in the same mapping.
 *
 * Chunks are found through a hash of their number, with open addressing; a chunk never moves, only
 * the table of pointers grows. */
enum { CHUNK_SHIFT = 30, CHUNK_PAGES = 1 << (CHUNK_SHIFT - PAGE_SHIFT), SLOTS_MIN = 16 };
#define CHUNK_SIZE BIT(CHUNK_SHIFT)

struct chunk {
    u64 number; /* (pa - base) >> CHUNK_SHIFT */
    u8 *memory; /* NULL: an empty slot */
    u8 *flags;
    size_t mapped; /* bytes, memory and flags */
};

struct ram {
    u64 base, size;
    struct chunk *slots;
    size_t slot_count; /* a power of two, at least twice chunk_count */
    size_t chunk_count;
    struct chunk last; /* the chunk that was asked for last */
    bool exhausted;
    u8 flags; /* that every page has */
};

struct ram *ram_new(u64 base, u64 size)
{
    struct ram *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->base = base;
    r->size = size;
    r->slot_count = SLOTS_MIN;
    r->slots = calloc(r->slot_count, sizeof *r->slots);
    if (r->slots) return r;
    free(r);
    return NULL;
}

void ram_free(struct ram *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->slot_count; i++)
        if (r->slots[i].memory) munmap(r->slots[i].memory, r->slots[i].mapped);
    free(r->slots);
    free(r);
}

bool ram_contains(const struct ram *r, u64 pa, u64 size)
{
    u64 offset = pa - r->base;
    return pa >= r->base && offset <= r->size && size <= r->size - offset;
}

bool ram_exhausted(const struct ram *r)
{
    return r->exhausted;
}

/* The slot that holds the chunk, or the empty one where it belongs. */
static struct chunk *find_slot(struct chunk *slots, size_t slot_count, u64 number)
{
    size_t i = (size_t)((number * 0x9e3779b97f4a7c15ull) >> 32) & (slot_count - 1);
    while (slots[i].memory && slots[i].number != number) i = (i + 1) & (slot_count - 1);
    return &slots[i];
}

static bool grow(struct ram *r)
{
    size_t count = r->slot_count * 2;
    struct chunk *slots = calloc(count, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < r->slot_count; i++)
        if (r->slots[i].memory) *find_slot(slots, count, r->slots[i].number) = r->slots[i];
    free(r->slots);
    r->slots = slots;
    r->slot_count = count;
    return true;
}

static bool map_chunk(const struct ram *r, u64 number, struct chunk *c)
{
    u64 left = r->size - (number << CHUNK_SHIFT);
    size_t bytes = left < CHUNK_SIZE ? (size_t)left : (size_t)CHUNK_SIZE;
    size_t mapped = bytes + (bytes >> PAGE_SHIFT);
    u8 *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    madvise(memory, bytes, MADV_HUGEPAGE); /* a host that cannot is slower, no more */
    *c = (struct chunk){number, memory, memory + bytes, mapped};
    if (r->flags) memset(c->flags, r->flags, mapped - bytes);
    return true;
}

/* Makes r->last the chunk with this number. */
static bool select_chunk(struct ram *r, u64 number)
{
    struct chunk *slot = find_slot(r->slots, r->slot_count, number);
    if (!slot->memory) {
        if (r->chunk_count * 2 >= r->slot_count) {
            if (!grow(r)) return false;
            slot = find_slot(r->slots, r->slot_count, number);
        }
        if (!map_chunk(r, number, slot)) return false;
        r->chunk_count++;
    }
    r->last = *slot;
    return true;
}

struct ram_page ram_page(struct ram *r, u64 pa)
{
    u64 offset = pa - r->base;
    if (pa < r->base || offset >= r->size) return (struct ram_page){NULL, NULL};
    u64 number = offset >> CHUNK_SHIFT;
    if (!r->last.memory || r->last.number != number) {
        if (!select_chunk(r, number)) {
            r->exhausted = true;
            return (struct ram_page){NULL, NULL};
        }
    }
    u64 page = (offset >> PAGE_SHIFT) & (CHUNK_PAGES - 1);
    return (struct ram_page){r->last.memory + (page << PAGE_SHIFT), r->last.flags + page};
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
        struct chunk *c = find_slot(r->slots, r->slot_count, offset >> CHUNK_SHIFT);
        if (c->memory) zero_mapped(c->memory + in_chunk, (size_t)part);
    }
    return true;
}

void ram_watch(struct ram *r, u8 flags)
{
    r->flags |= flags;
    for (size_t i = 0; i < r->slot_count; i++) {
        const struct chunk *c = &r->slots[i];
        size_t pages = c->memory ? c->mapped - (size_t)(c->flags - c->memory) : 0;
        for (size_t page = 0; page < pages; page++) c->flags[page] |= flags;
    }
}

/* The mapped chunk with the lowest number that is at least this; NULL: none. */
static const struct chunk *next_chunk(const struct ram *r, u64 number)
{
    const struct chunk *first = NULL;
    for (size_t i = 0; i < r->slot_count; i++) {
        const struct chunk *c = &r->slots[i];
        if (c->memory && c->number >= number && (!first || c->number < first->number)) first = c;
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
