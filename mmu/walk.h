/* The page-table walker: one for every scheme (Bare, Sv39/48/57, Sv39x4/48x4/57x4) and both stages.
 *
 * It needs no hart: it sees a space, an address and two memory callbacks, and leaves a record of
 * each reference it made. Traps, statistics, pictures and tests all read that record. */
#ifndef MMU_WALK_H
#define MMU_WALK_H

#include "mmu/atc.h"
#include "mmu/space.h"

/* Page-table entry bits (priv. spec 12.3.1, Svpbmt, Svnapot). */
enum pte_bits {
    PTE_V = 1 << 0,
    PTE_R = 1 << 1,
    PTE_W = 1 << 2,
    PTE_X = 1 << 3,
    PTE_U = 1 << 4,
    PTE_G = 1 << 5,
    PTE_A = 1 << 6,
    PTE_D = 1 << 7,
};
#define PTE_PPN      MASK(53, 10)
#define PTE_RESERVED MASK(60, 54)
#define PTE_PBMT     MASK(62, 61)
#define PTE_N        BIT(63)

/* satp.MODE and hgatp.MODE */
enum atp_mode { ATP_BARE = 0, ATP_SV39 = 8, ATP_SV48 = 9, ATP_SV57 = 10 };
#define ATP_MODE_SHIFT 60
#define ATP_ID_SHIFT   44
#define SATP_ASID      MASK(59, 44)
#define SATP_PPN       MASK(43, 0)
#define HGATP_VMID     MASK(57, 44)
#define HGATP_PPN      MASK(43, 0)

/* 4 levels of G-stage references for each of 5 + 1 first-stage addresses at most, plus updates. */
enum { WALK_REF_MAX = 64 };

enum walk_stage { STAGE_FIRST, STAGE_G };

struct walk_ref {
    u64 pa;     /* physical address of the entry */
    u64 pte;    /* the value read, or written */
    u8 stage;   /* enum walk_stage */
    u8 level;   /* 0 = 4 KiB leaves */
    bool store; /* an update of A or D */
};

enum walk_outcome {
    WALK_OK,
    WALK_PAGE_FAULT,  /* first stage */
    WALK_GUEST_FAULT, /* G-stage; see gpa, implicit, implicit_store */
    WALK_ACCESS_FAULT /* an entry lies where memory cannot be reached */
};

struct walk {
    enum walk_outcome outcome;
    u64 pa;        /* WALK_OK: physical address of va */
    u64 gpa;       /* guest-physical address of va or, on a guest fault, the one that failed */
    bool implicit; /* guest fault: it was met on the way to a first-stage entry */
    bool implicit_store; /* and that access was a store (A or D update) */
    u8 allowed;          /* WALK_OK: bit 1 << access for every access that this same walk allows */
    u8 first_shift;      /* log2 of the first-stage page's size in bytes; 63: Bare */
    u8 g_shift;          /* the same of the G-stage */
    unsigned ref_n;
    struct walk_ref ref[WALK_REF_MAX];
};

/* Where the last tables of recent walks in one space lie, so that the next walk near them makes one
 * reference a stage. Whoever owns it must empty it (walk_cache_clear) when a fence concerns the
 * space, and for a fence with an address at least drop that address (walk_cache_drop). */
enum { WALK_CACHE_N = 64 };
struct walk_cache {
    struct walk_cached {
        u64 key;   /* address >> 21, or ~0 */
        u64 table; /* address of the table as its stage sees it: guest-physical for a guest's */
        u64 pa;    /* its physical address */
    } entry[2][WALK_CACHE_N]; /* by enum walk_stage */
};
void walk_cache_clear(struct walk_cache *cache);
void walk_cache_drop(struct walk_cache *cache, u64 va);

struct walk_memory {
    void *arg;
    /* Read the 8-byte entry at pa. False: access fault. */
    bool (*read)(void *arg, u64 pa, u64 *pte);
    /* Replace old by new at pa, atomically. False: access fault. *pte is what was found there;
     * when it is not old, nothing was written and the walk begins again. */
    bool (*swap)(void *arg, u64 pa, u64 old, u64 new_pte, u64 *pte);
    struct atc *atc; /* NULL: every step 2 reads memory */
};

/* Translate va in space for access (priv. spec 12.3.2 and 22.5). M-mode addresses are physical.
 * With cache NULL, every walk begins at the root. */
void walk(const struct space *space, u64 va, enum access access, const struct walk_memory *memory,
          struct walk_cache *cache, struct walk *out);

/* A thing found in the tables of a G-stage. */
struct walk_mapping {
    u64 gpa;    /* the lowest guest-physical address that it serves */
    u64 pa;     /* where that lies or, of a table, where the table does */
    u8 shift;   /* log2 of the size in bytes: of the page (63: Bare, everything), or of the table */
    u8 allowed; /* 1 << access for every access that the leaf allows, whatever A and D; never 0 */
    u8 level;   /* of a table: 0 holds 4 KiB leaves */
    bool table;
};
/* False: stop here. */
typedef bool walk_mapping_fn(void *arg, const struct walk_mapping *m);

/* Show fn all that the G-stage of space (gatp) maps, in the order of guest-physical addresses, each
 * table before what it maps. An entry on which every access would fault is passed over, as is one
 * that cannot be read. Tables that contain themselves are gone through as often as the levels
 * allow, as a hart would. False when fn stopped it. */
bool walk_g_mappings(const struct space *space, const struct walk_memory *memory,
                     walk_mapping_fn *fn, void *arg);

/* True when MODE is one that the walker knows (Bare counts). */
bool walk_mode_known(u64 mode);

#endif
