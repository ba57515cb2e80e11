/* Sparse RAM: host memory appears where it is touched, so a guest may have more RAM than the host.
 */
#ifndef PLATFORM_RAM_H
#define PLATFORM_RAM_H

#include "hart/bus.h"
#include "hart/types.h"

struct ram;

/* RAM at [base, base + size); both multiples of PAGE_SIZE, the sum at most 2^64. NULL when memory
 * runs out. */
struct ram *ram_new(u64 base, u64 size);
void ram_free(struct ram *r);

/* True when all of [pa, pa + size) is RAM. */
bool ram_contains(const struct ram *r, u64 pa, u64 size);

/* The page that holds pa, made on demand; host is NULL when that is not RAM, or when the host has
 * no more address space (then ram_exhausted is true from now on). It stays where it is. */
struct ram_page ram_page(struct ram *r, u64 pa);
bool ram_exhausted(const struct ram *r);

/* Set these flags in every page, those that are not there yet as well. */
void ram_watch(struct ram *r, u8 flags);

/* The first page at or above pa that was touched (for reading counts as well); ~0: none. */
u64 ram_next_page(const struct ram *r, u64 pa);

/* Copies; false (and nothing transferred) when a byte is not in RAM, false when the host has no
 * more address space. They do not look at the page flags. ram_zero gives whole pages back to the
 * host. */
bool ram_write(struct ram *r, u64 pa, const void *data, u64 size);
bool ram_read(struct ram *r, u64 pa, void *data, u64 size);
bool ram_zero(struct ram *r, u64 pa, u64 size);

#endif
