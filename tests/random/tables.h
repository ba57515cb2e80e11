/* Random page tables, in the vault, and the values that the translation registers may have. */
#ifndef TESTS_RANDOM_TABLES_H
#define TESTS_RANDOM_TABLES_H

#include "mmu/walk.h"
#include "tests/random/program.h"

/* Where the first stage shows MAIN. */
#define VIEW_IDENTITY MAIN_PA               /* supervisor pages, as without translation */
#define VIEW_USER     0x40000000ull         /* user pages */
#define VIEW_HIGH     0xffffffffc0000000ull /* supervisor pages, or one of 2 MiB */
#define VIEW_NAPOT    0xffffffffc0200000ull /* pages 16..31 as 64 KiB */
#define VIEW_GIGA     0x100000000ull        /* one page of 1 GiB */
#define VIEW_SHADOW   0x50000000ull         /* shadow-stack pages (AIM_SHADOW) */
#define VIEW_TERA     0x8080000000ull       /* in one page of 512 GiB (Sv48, Sv57) */

/* The page of stubs (experiment.c): a supervisor page at its physical address everywhere. */
#define STUB_PA (VAULT_PA + 0x2000)

enum { SHADOW_PAGE_N = 4 };

/* An entry that may be rewritten while the program runs. None of them leads to the trap handlers,
 * the stubs or (G-stage) the vault. */
struct slot {
    u64 pte_pa, va, value; /* va: the first address that it maps */
    u8 level;
    bool leaf;
};

enum { TREE_SLOT_MAX = 160, TREE_ID_N = 2, FIRST_N = 2, G_N = 2, VALUE_MAX = 16 };

struct tree {
    u64 root;
    u8 mode;           /* enum atp_mode */
    bool g;            /* a G-stage tree */
    u64 id[TREE_ID_N]; /* the ASIDs or VMIDs that it is used with; equal ones are possible */
    unsigned slot_n;
    struct slot slot[TREE_SLOT_MAX];
};

/* A value for satp and vsatp, or for hgatp. */
struct atp {
    u64 value;
    s8 tree; /* -1: Bare; -2: no use (unknown mode, no memory at the root) */
};
enum { TREE_BARE = -1, TREE_BAD = -2 };

struct tables {
    struct tree first[FIRST_N], g[G_N];
    struct atp first_value[VALUE_MAX], g_value[VALUE_MAX];
    unsigned first_value_n, g_value_n;
};

/* All VMIDs that a program ever uses, whatever the mode: HFENCE.VVMA must be made for each. Their
 * low 4 bits, and those of the ASIDs, are 0, so that a constant half loaded names another one of
 * the set. */
enum { VMID_N = 3 };
extern const u64 vmids[VMID_N];

void make_tables(struct tables *t, struct program *p, struct rng *r);

/* A changed value for the entry, or its first one again. */
u64 rewritten(struct rng *r, const struct tree *tree, const struct slot *s);

#endif
