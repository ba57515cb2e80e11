/* Memory accesses the exact way: walk, PMP, RAM or device, exceptions. The stepper's only way, and
 * what the fast tiers fall back on. */
#ifndef HART_MEMORY_H
#define HART_MEMORY_H

#include "hart/state.h"

/* Walk for an access in a space, from its root or (cache not NULL) from the last table known;
 * page-table entries are reached through PMP as supervisor accesses and must lie in RAM. */
void memory_walk(struct hart *h, const struct space *space, u64 va, enum access access,
                 struct walk_cache *cache, struct walk *out);

/* Load or store size (1, 2, 4, 8) bytes, the value zero-extended. Here, as in all that follow, va
 * is the effective address, before pointer masking; exceptions hold what it makes of it. Misaligned
 * accesses are split at page borders; nothing is stored unless all of it can be. */
enum status memory_load(struct hart *h, const struct space *space, enum access access, u64 va,
                        unsigned size, u64 *value);
enum status memory_store(struct hart *h, const struct space *space, u64 va, unsigned size,
                         u64 value);

/* Host memory for an atomic access (LR with ACCESS_LOAD; SC and AMO with ACCESS_STORE) or one to a
 * shadow stack, which must be aligned and in RAM. *pa is for memory_wrote. */
enum status memory_atomic(struct hart *h, enum access access, u64 va, unsigned size, u8 **host,
                          u64 *pa);

/* Record an access for the observer of the instruction under way. */
void memory_note(struct hart *h, u64 va, unsigned size, u64 value, bool store);

/* Bytes at pa have been stored through a host pointer: tell whom it concerns. */
void memory_wrote(struct hart *h, u64 pa, unsigned size);

/* The cache-block instructions, for 64-byte blocks. */
enum { CACHE_BLOCK = 64 };
enum status memory_cbo(struct hart *h, u64 va);
enum status memory_cbo_zero(struct hart *h, u64 va);

/* The instruction word at va: its low 16 bits when it is compressed. */
enum status memory_fetch(struct hart *h, u64 va, u32 *raw);

#endif
