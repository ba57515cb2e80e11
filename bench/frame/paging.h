/* Page tables of both stages, and the memory that programs work on.
 *
 *   physical     0x8000_0000  the image, at most 1 MiB, then the heap: mapped to themselves
 *                0x8400_0000  the arena's memory, 256 MiB at most
 *   virtual     0x10_0000_0000  the arena, when there is paging; it may be larger than its memory,
 *                             which is then seen several times
 *
 * A guest-physical address is the physical one. */
#ifndef BENCH_PAGING_H
#define BENCH_PAGING_H

#include "frame.h"

enum { PAGE = 4096, MIB = 1 << 20 };
#define RAM          0x80000000ull
#define RAM_MAPPED   (64ull * MIB)
#define ARENA        (RAM + RAM_MAPPED)
#define ARENA_MEMORY (256ull * MIB)
#define ARENA_PAGED  0x1000000000ull

#define PTE_V      0x01ull
#define PTE_R      0x02ull
#define PTE_KERNEL 0xcfull /* D A X W R V */
#define PTE_USER   0xdfull /* the same with U; every G-stage leaf has it */

#define SV39 (8ull << 60) /* in satp, vsatp, hgatp */

/* Set up paging for params.mode, RAM and this much arena in leaves of params.leaf. M-mode only. */
void paging_begin(u64 arena_bytes);

/* Where the arena is, in the program's mode. */
char *arena_start(void);

/* Fresh zeroed memory, whole pages; aligned to its size when that is a power of two. */
void *heap(u64 bytes);

/* A root for Sv39 or, four times as wide, for Sv39x4. */
u64 *new_root(bool wide);

/* Map [va, va + bytes) to [pa, ...) in leaves of 4 KiB or 2 MiB. Fences are the caller's. */
void map(u64 *root, u64 va, u64 pa, u64 bytes, enum leaf leaf, u64 flags);

/* Map RAM's first bytes to themselves, in leaves of params.leaf. */
void map_ram(u64 *root, u64 bytes, u64 flags);

/* The leaf entry of a 4 KiB page that is mapped. */
u64 *leaf_of(u64 *root, u64 va);

/* The root in satp (in VS-mode: vsatp). */
u64 *current_root(void);

static inline u64 atp(const u64 *root, u64 id)
{
    return SV39 | id << 44 | (u64)root >> 12;
}

static inline u64 pte(u64 pa, u64 flags)
{
    return pa >> 12 << 10 | flags;
}

#endif
