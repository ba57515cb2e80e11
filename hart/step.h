/* The reference stepper: one instruction at a time, from its row, the plainest way. The oracle. */
#ifndef HART_STEP_H
#define HART_STEP_H

#include "hart/interrupt.h"
#include "hart/state.h"

/* One step at pc: fetch, decode, execute; a trap is taken. */
void step(struct hart *h);

/* The same for an instruction fetched and decoded before (by the block engine), at h->pc. */
void step_decoded(struct hart *h, const struct insn *i);

/* Take an interrupt: a step of its own. */
void step_interrupt(struct hart *h, struct taken_interrupt i);

/* Something has changed that interrupts depend on (hart.attention): take one, which is a step of
 * its own, or wake. There must be a step left. */
void step_attention(struct hart *h);

#endif
