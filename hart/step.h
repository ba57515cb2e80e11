/* The reference stepper: one instruction at a time, from its row, the plainest way. The oracle. */
#ifndef HART_STEP_H
#define HART_STEP_H

#include "hart/state.h"

/* One step at pc: fetch, decode, execute; a trap is taken. */
void step(struct hart *h);

/* The same for an instruction fetched and decoded before (by the block engine), at h->pc. */
void step_decoded(struct hart *h, const struct insn *i);

/* Take an interrupt: a step of its own. */
void step_interrupt(struct hart *h, unsigned number);

/* Take the resumable non-maskable interrupt: likewise. */
void step_rnmi(struct hart *h);

#endif
