/* Trap entry and return: one of each, over a record per level. */
#ifndef HART_TRAP_H
#define HART_TRAP_H

#include "hart/state.h"

/* Take the exception in h->trap, or (cause with CAUSE_INTERRUPT) an interrupt, at epc. */
void trap_take(struct hart *h, u64 epc);

/* Enter the RNMI handler, for an interrupt or for a double trap's cause (smrnmi). */
void trap_rnmi(struct hart *h, u64 epc, u64 cause);

/* MRET (from PRIV_M) or SRET (from PRIV_S); the new pc. */
u64 trap_return(struct hart *h, enum priv from);

/* MNRET; the new pc. */
u64 trap_return_rnmi(struct hart *h);

/* The cause of an ECALL in the present mode. */
u64 ecall_cause(const struct hart *h);

/* Change mode: contexts and what else follows from it. */
void hart_set_mode(struct hart *h, enum priv priv, bool virt);

#endif
