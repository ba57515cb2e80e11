/* Physical memory protection (priv. spec 3.7): 16 entries, 4-byte granularity; and Smepmp, which
 * makes machine mode subject to it. */
#ifndef MMU_PMP_H
#define MMU_PMP_H

#include "mmu/space.h"

enum { PMP_N = 16 };
enum pmp_bits { PMP_R = 1, PMP_W = 2, PMP_X = 4, PMP_A = 3 << 3, PMP_L = 1 << 7 };
#define PMP_ADDR_MASK MASK(53, 0)

/* Fields of mseccfg that belong to PMP (3.1.19). */
enum pmp_seccfg {
    PMP_MML = 1,  /* machine-mode lockdown: L means M-mode-only, other entries are S/U-mode-only */
    PMP_MMWP = 2, /* machine-mode allow-list policy: what matches no entry is denied to M-mode */
    PMP_RLB = 4,  /* rule locking bypass */
};

struct pmp {
    u8 cfg[PMP_N];
    u64 addr[PMP_N]; /* address bits 55:2 */
    u8 seccfg;       /* enum pmp_seccfg */
    bool active;     /* some entry is on: pmp_update keeps it */
    struct {
        u64 start, last; /* bytes, both inclusive */
    } range[PMP_N];
};

/* Writes obey locks. Of the combination R=0 W=1, which is reserved without MML, W is not taken
 * (3.7.1). */
void pmp_write_cfg(struct pmp *p, unsigned first, u64 value); /* 8 entries from first */
u64 pmp_read_cfg(const struct pmp *p, unsigned first);
void pmp_write_addr(struct pmp *p, unsigned n, u64 value);
/* The three bits of a write to mseccfg, each sticky in its own way. */
void pmp_write_seccfg(struct pmp *p, u64 value);

/* May priv do access to all size bytes (1 to 4096) at pa? The access matches the lowest-numbered
 * entry that holds any of its bytes, and fails when that entry does not hold all of them. */
bool pmp_allows(const struct pmp *p, u64 pa, u64 size, enum access access, enum priv priv);

#endif
