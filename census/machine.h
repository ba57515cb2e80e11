/* The small machine around a hart whose instructions are being judged: three places in RAM that
 * look alike to the program, so that it can be moved without noticing, and a record of what it
 * stores. */
#ifndef CENSUS_MACHINE_H
#define CENSUS_MACHINE_H

#include "hart/bus.h"
#include "hart/types.h"

/* What the program sees, at the same virtual addresses wherever it lies: four pages of its own, of
 * which the second has the instruction and the third what its registers point at, and a page of
 * shadow stack. In PLACE_HERE they are at these physical addresses, too. */
#define PROGRAM      0x80010000ull
#define PROGRAM_PC   (PROGRAM + 0x1000)
#define PROGRAM_DATA (PROGRAM + 0x2000)
#define PROGRAM_SSP  (PROGRAM + 0x4800)

enum place {
    PLACE_HERE,  /* satp and vsatp lead here, and the G-stage leaves it alone */
    PLACE_MOVED, /* the other satp leads here */
    PLACE_GUEST, /* a copy of PLACE_HERE, where the other hgatp leads */
    PLACE_N
};

struct machine {
    u8 *ram;
    u8 page_flags;
    u64 time;
    bool user; /* the program's pages are user pages */
    struct stored {
        u64 pa;
        unsigned size;
    } stored[4];
    unsigned stored_n;
};

/* False when memory runs out. */
bool machine_init(struct machine *m);
void machine_free(struct machine *m);
struct bus machine_bus(struct machine *m);

/* Values of satp and hgatp that lead to the usual places, or (moved) to the others. */
u64 machine_satp(bool moved);
u64 machine_hgatp(bool moved);

/* Give the program's pages to user modes, or to supervisors. */
void machine_set_user(struct machine *m, bool user);

/* Put an instruction at PROGRAM_PC, in every place. */
void machine_set_instruction(struct machine *m, u32 raw);

/* What has been stored since the last call and where, as one number; then undo it. */
u64 machine_take_stores(struct machine *m);

/* Where a host address is, for a program that does not know its place; 0 for NULL. */
u64 machine_offset(const struct machine *m, const u8 *host);

/* Mix a value into a digest. */
static inline u64 mix(u64 digest, u64 value)
{
    digest = (digest ^ value) * 0x9e3779b97f4a7c15ull;
    return digest ^ digest >> 29;
}

#endif
