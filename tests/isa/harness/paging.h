/* Page tables for satp, vsatp and hgatp, and the three ready-made address spaces.
 *
 * Every table is at an identical physical address (no translation in M-mode), comes from a pool
 * that each test finds empty, and may be edited entry by entry through pt_entry(). */
#ifndef TESTS_ISA_PAGING_H
#define TESTS_ISA_PAGING_H

#include "harness.h"

struct table {
    u64 *root;
    enum scheme scheme;
    bool x4; /* a G-stage table: two more address bits, root of 16 KiB */
};

/* Number of levels; level n has pages of 4 KiB << 9n. */
unsigned pt_levels(enum scheme scheme);
static inline u64 pt_page_size(unsigned level)
{
    return (u64)PAGE << 9 * level;
}

/* An empty table. */
struct table pt_new(enum scheme scheme, bool x4);

/* Enter a leaf at `level` for the page of va: pa with these flags (V, R ...; nothing is added). */
void pt_map(struct table *t, u64 va, u64 pa, unsigned level, u64 flags);

/* The entry for va at `level`; tables above it are made when they are missing. Fence after
 * changing it: call tables_changed(), and run() will do it. */
u64 *pt_entry(struct table *t, u64 va, unsigned level);
void tables_changed(void);

/* Zeroed pages for tests' data, page-aligned; gone after the test. */
u8 *new_pages(unsigned n);

/* An address space with the program's image mapped to itself, supervisor RWX; its .utext is a user
 * area whenever run() enters U or VU with this table current. On return it is installed: */
struct table *use_satp(enum scheme scheme);  /* in satp, ASID 0 */
struct table *use_vsatp(enum scheme scheme); /* in vsatp, ASID 0 */
struct table *use_hgatp(enum scheme scheme); /* in hgatp, VMID 0: the image to itself, URWX */

/* For run() and reset_machine(): make .utext's pages fit the mode, fence if tables changed; forget
 * all tables. */
void prepare_tables(enum mode mode);
void reset_tables(void);

#define LEAF_S (PTE_V | PTE_RWX | PTE_A | PTE_D)
#define LEAF_U (LEAF_S | PTE_U)

#endif
