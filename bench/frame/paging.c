#include "paging.h"
#include "csr.h"

enum { ENTRIES = 512, LEVELS = 3 };

extern char image_end[];
static char *heap_next = image_end;

void *heap(u64 bytes)
{
    bytes = (bytes + PAGE - 1) & -(u64)PAGE;
    u64 align = bytes & (bytes - 1) ? PAGE : bytes;
    char *start = (char *)(((u64)heap_next + align - 1) & -align);
    heap_next = start + bytes;
    must((u64)heap_next <= RAM + RAM_MAPPED);
    return start;
}

u64 *new_root(bool wide)
{
    return heap(wide ? 4 * PAGE : PAGE);
}

static u64 *table_in(u64 entry)
{
    return (u64 *)(entry >> 10 << 12);
}

/* The entry that maps va at this level (0: 4 KiB, 1: 2 MiB); tables above it are made. A wide root
 * is just longer: the top index has two more bits. */
static u64 *entry_for(u64 *root, u64 va, unsigned level)
{
    u64 *entry = &root[va >> 30];
    for (unsigned at = LEVELS - 1; at > level; at--) {
        if (!*entry) *entry = pte((u64)heap(PAGE), PTE_V);
        entry = &table_in(*entry)[va >> (12 + 9 * (at - 1)) & (ENTRIES - 1)];
    }
    return entry;
}

u64 *leaf_of(u64 *root, u64 va)
{
    return entry_for(root, va, 0);
}

void map(u64 *root, u64 va, u64 pa, u64 bytes, enum leaf leaf, u64 flags)
{
    unsigned level = leaf == LEAF_2M;
    u64 step = level ? 2 * MIB : PAGE;
    u64 end = va + bytes;
    while (va < end) {
        u64 *entry = entry_for(root, va, level);
        do { /* to the end of this table, without a search for each */
            *entry++ = pte(pa, flags);
            va += step;
            pa += step;
        } while (va < end && (u64)entry % PAGE);
    }
}

void map_ram(u64 *root, u64 bytes, u64 flags)
{
    map(root, RAM, RAM, bytes, (enum leaf)params.leaf, flags);
}

static u64 at_most(u64 value, u64 limit)
{
    return value < limit ? value : limit;
}

static void map_arena(u64 *root, u64 bytes)
{
    for (u64 done = 0; done < bytes; done += ARENA_MEMORY)
        map(root, ARENA_PAGED + done, ARENA, at_most(bytes - done, ARENA_MEMORY),
            (enum leaf)params.leaf, PTE_KERNEL);
}

void paging_begin(u64 arena_bytes)
{
    must(params.mode != MODE_M || arena_bytes <= ARENA_MEMORY);
    if (params.mode == MODE_M) return;
    u64 *root = new_root(false);
    map_ram(root, RAM_MAPPED, PTE_KERNEL);
    map_arena(root, arena_bytes);
    if (params.mode == MODE_S) {
        csr_write(satp, atp(root, 0));
    } else {
        u64 *groot = new_root(true);
        map_ram(groot, RAM_MAPPED, PTE_USER);
        map(groot, ARENA, ARENA, at_most(arena_bytes, ARENA_MEMORY), (enum leaf)params.leaf,
            PTE_USER);
        csr_write(vsatp, atp(root, 0));
        csr_write(hgatp, atp(groot, 0));
        __asm__ volatile("hfence.gvma\n hfence.vvma" ::: "memory");
    }
    __asm__ volatile("sfence.vma" ::: "memory");
}

char *arena_start(void)
{
    return (char *)(params.mode == MODE_M ? ARENA : ARENA_PAGED);
}

u64 *current_root(void)
{
    return (u64 *)((csr_read(satp) & (BIT(44) - 1)) << 12);
}
