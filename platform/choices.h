/* What the specification leaves to choice, on the command line. A machine has every choice the
 * richest way unless an option takes something away, and the names of its ISA follow: an extension
 * that promises what was taken away goes. */
#ifndef PLATFORM_CHOICES_H
#define PLATFORM_CHOICES_H

#include "platform/options.h"

void choices_default(struct options *o);

/* The options, each for the value given to it. False, with a line on stderr. */
bool choose_misaligned(struct options *o, const char *value);  /* Zicclsm */
bool choose_ad(struct options *o, const char *value);          /* 12.3.1: Svade and Svadu */
bool choose_tinst(struct options *o, const char *value);       /* 22.6.3 */
bool choose_tval(struct options *o, const char *value);        /* 3.1.16, Sstvala, Shvstvala */
bool choose_asid_bits(struct options *o, const char *value);   /* 12.1.11 */
bool choose_vmid_bits(struct options *o, const char *value);   /* 22.2.10 */
bool choose_satp_modes(struct options *o, const char *value);  /* 12.1.11 */
bool choose_hgatp_modes(struct options *o, const char *value); /* 22.2.10, Shgatpa */
bool choose_geilen(struct options *o, const char *value);      /* 22.2.4 */
bool choose_aia(struct options *o, const char *value);         /* RISC-V AIA 1.0 */

bool choose_tlb(struct options *o, const char *value); /* 12.2.1, 12.3.2, 22.3.2 */

/* When all options are known: bring the names of the ISA and the choices together. What that takes
 * from an --isa is noted on stderr. */
void choices_settle(struct options *o);

#endif
