/* Physical memory: ranges that are cut up on demand, 4 KiB pages from the low end and aligned 2 MiB
 * blocks from the high end, and a list for each of what came back. Nothing is touched before it is
 * needed, so the size of RAM costs nothing. */
#include "firmware/vmm.h"

enum { RANGES = 64 };

static struct range reserved[RANGES], ram[RANGES];
static unsigned reserved_count, ram_count;

struct free_memory {
    struct free_memory *next;
};
static struct free_memory *free_pages, *free_blocks;

static u64 align_up(u64 n, u64 to)
{
    return (n + to - 1) & ~(to - 1);
}

void page_reserve(struct range r)
{
    if (!r.size) return;
    if (reserved_count == RANGES) panic("more than %d reserved ranges of memory", RANGES);
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
    /* Blocks come from the high end, so it is made to end a block. */
    u64 blocks_end = high & ~(u64)(BLOCK_SIZE - 1);
    if (blocks_end > low) add_range(low, blocks_end);
    add_range(blocks_end > low ? blocks_end : low, high);
}

void page_add_ram(struct range r)
{
    add_unreserved(r.base, r.base + r.size, 0);
}

static u64 zeroed(u64 base, u64 size)
{
    u64 *word = (u64 *)base;
    for (u64 n = size / 8; n; n -= 8, word += 8) {
        word[0] = word[1] = word[2] = word[3] = 0;
        word[4] = word[5] = word[6] = word[7] = 0;
    }
    return base;
}

static u64 take_free(struct free_memory **list)
{
    struct free_memory *m = *list;
    if (m) *list = m->next;
    return (u64)m;
}

static void give_free(struct free_memory **list, u64 base)
{
    struct free_memory *m = (struct free_memory *)base;
    m->next = *list;
    *list = m;
}

u64 page_alloc(void)
{
    u64 page = take_free(&free_pages);
    for (unsigned i = 0; !page && i < ram_count; i++)
        if (ram[i].size) {
            page = ram[i].base;
            ram[i].base += PAGE_SIZE;
            ram[i].size -= PAGE_SIZE;
        }
    return page ? zeroed(page, PAGE_SIZE) : 0;
}

u64 block_alloc(void)
{
    u64 block = take_free(&free_blocks);
    for (unsigned i = 0; !block && i < ram_count; i++) {
        u64 end = ram[i].base + ram[i].size;
        if (ram[i].size < BLOCK_SIZE || end % BLOCK_SIZE) continue;
        block = end - BLOCK_SIZE;
        ram[i].size -= BLOCK_SIZE;
    }
    return block ? zeroed(block, BLOCK_SIZE) : 0;
}

void page_free(u64 page)
{
    give_free(&free_pages, page);
}

void block_free(u64 block)
{
    give_free(&free_blocks, block);
}
