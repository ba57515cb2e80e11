/* The hart's incoming MSI controller, as its CSRs see it (AIA, "Incoming MSI Controller"): an
 * interrupt file each for M, S and every guest external interrupt. Who writes an MSI to it is the
 * platform's business; it arrives by hart_msi. */
#ifndef HART_IMSIC_H
#define HART_IMSIC_H

#include "hart/state.h"

enum { FILE_WORDS = (MSI_IDENTITIES + 1) / 64 };

/* Bit n of the arrays is identity n; 0 is none. */
struct interrupt_file {
    u64 eip[FILE_WORDS], eie[FILE_WORDS];
    u64 eidelivery, eithreshold;
};

struct imsic {
    unsigned file_n;
    struct interrupt_file file[];
};

/* Make what the hart's config asks for; false when memory runs out. Reset it; nothing if there is
 * none. */
bool imsic_init(struct hart *h);
void imsic_reset(struct hart *h);

/* A register of a file by the number that selects it, 0x70 to 0xff; the hart has the file. What is
 * reserved, and identities that there are not, read as 0. */
u64 imsic_read(const struct hart *h, unsigned file, u64 select);
void imsic_write(struct hart *h, unsigned file, u64 select, u64 value);

/* The highest-priority identity that is pending, enabled, and below the threshold; 0: none. */
unsigned imsic_top(const struct hart *h, unsigned file);

/* It is no longer pending: what a write to a topei register does. */
void imsic_claim(struct hart *h, unsigned file);

#endif
