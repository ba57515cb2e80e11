/* Physical memory: ranges that are cut up on demand, 4 KiB pages from the low end and larger
 * aligned pieces from the high end, and lists of what came back. Nothing is touched before it is
 * needed, so the size of RAM costs nothing. */
#include "firmware/vmm.h"

enum { RANGES = 64 };

static struct range reserved[RANGES], ram[RANGES];
static unsigned reserved_count, ram_count;

struct free_memory {
    struct free_memory *next;
};
static struct free_memory *free_memory[2]; /* pages, blocks */

static u64 align_up(u64 n, u64 to)
{
    return (n + to - 1) & ~(to - 1);
}

void page_reserve(struct range r)
{
    if (!r.size) return;
    if (reserved_count == RANGES) panic("more than %u reserved ranges of memory", RANGES);
    reserved[reserved_count++] = r;
}

static void add_range(u64 low, u64 high)
{
    low = align_up(low, PAGE_SIZE);
    high &= ~(u64)(PAGE_SIZE - 1);
    if (low < high && ram_count < RANGES) ram[ram_count++] = (struct range){low, high - low};
}

/* Adds [low, high) but for what is reserved from the n-th reservation on. */
static void add_unreserved(u64 low, u64 high, unsigned n)
{
    for (; n < reserved_count; n++) {
        u64 base = reserved[n].base, end = base + reserved[n].size;
        if (end <= low || base >= high) continue;
        if (base > low) add_unreserved(low, base, n + 1);
        if (end >= high) return;
        low = end;
    }
    add_range(low, high);
}

void page_add_ram(struct range r)
{
    add_unreserved(r.base, r.base + r.size, 0);
}

/* Cuts a piece off a range, or out of it where that does not end aligned; 0 if it is too small. */
static u64 cut(struct range *r, enum memory size)
{
    u64 span = memory_span(size), end = r->base + r->size, top = end & ~(span - 1);
    u64 at = size == PAGE ? r->base : top - span;
    if (r->size < span || top < span || at < r->base) return 0;
    if (size == PAGE) {
        r->base += span;
        r->size -= span;
    } else {
        r->size = at - r->base;
        add_range(top, end);
    }
    return at;
}

static void zero(u64 base, u64 size)
{
    for (u64 *word = (u64 *)base, *end = word + size / 8; word < end; word += 8) {
        word[0] = word[1] = word[2] = word[3] = 0;
        word[4] = word[5] = word[6] = word[7] = 0;
    }
}

u64 memory_alloc(enum memory size)
{
    struct free_memory *free = size < GIGABYTE ? free_memory[size] : NULL;
    u64 at = (u64)free;
    if (free) free_memory[size] = free->next;
    for (unsigned i = 0; !at && i < ram_count; i++) at = cut(&ram[i], size);
    if (at) zero(at, memory_span(size));
    return at;
}

void memory_free(u64 at, enum memory size)
{
    struct free_memory *free = (struct free_memory *)at;
    free->next = free_memory[size];
    free_memory[size] = free;
}
