/* What a G-stage reaches: the physical memory behind an hgatp, found by going through its tables,
 * and the tables themselves. */
#ifndef PLATFORM_REACH_H
#define PLATFORM_REACH_H

#include "mmu/walk.h"

/* Memory that lies together on both sides. */
struct extent {
    u64 pa, size, gpa; /* bytes */
    u8 allowed;        /* 1 << access */
};

/* A page of tables, as it was when it was gone through. */
struct reach_table {
    u64 pa;
    u8 content[PAGE_SIZE];
};

struct reach {
    struct extent *extent; /* by pa; of two that overlap, each stands for itself */
    size_t extent_n, extent_room;
    struct reach_table *table;
    size_t table_n, table_room;
    u64 longest; /* bytes of the longest extent: bounds a search among those that overlap */
};

/* How to read physical memory: a page's host memory, or NULL where there is no RAM. */
struct reach_memory {
    void *arg;
    const u8 *(*page)(void *arg, u64 pa);
};

enum reach_verdict { REACH_DONE, REACH_NO_MEMORY, REACH_TOO_MANY_TABLES };

/* Go through the tables of space.gatp anew. At most table_max pages of tables are followed, so that
 * tables that contain themselves come to an end. */
enum reach_verdict reach_derive(struct reach *r, const struct space *space,
                                const struct reach_memory *memory, size_t table_max);
void reach_free(struct reach *r);

/* True while every table holds what it held at reach_derive. */
bool reach_is_current(const struct reach *r, const struct reach_memory *memory);

/* An extent that has a byte of [pa, pa + size); NULL: none. */
const struct extent *reach_find(const struct reach *r, u64 pa, u64 size);

/* A page of tables in [pa, pa + size); NULL: none. */
const struct reach_table *reach_find_table(const struct reach *r, u64 pa, u64 size);

/* Copy from guest-physical memory; the number of bytes up to the first that is not mapped. */
size_t reach_read(const struct reach *r, const struct reach_memory *memory, u64 gpa, void *to,
                  size_t size);

/* A digest (as FNV-1a makes it, not a cryptographic one) of the guest-physical memory: the address
 * and content of each page of 4 KiB that is not all zero, so that it does not matter which of those
 * are mapped. */
u64 reach_digest(const struct reach *r, const struct reach_memory *memory);

#endif
