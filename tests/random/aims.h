/* Aims: extensions that random instructions and random bits alone hardly get anywhere with. A
 * program may have several; half of them have none. */
#ifndef TESTS_RANDOM_AIMS_H
#define TESTS_RANDOM_AIMS_H

#include "tests/random/routine.h"

u16 random_aims(struct rng *r);

/* Part of a routine that sends the hart elsewhere: turn on what the aims are about, or off. */
void set_aims(struct routine *o);

/* A sequence of instructions for one of the aims that have some; false: none of the program's has.
 */
bool aim_sequence(struct world *w, struct emitter *e);

/* For AIM_MASK: an address with anything in the bits that may be ignored. */
u64 tagged(struct world *w, u64 address);

/* For AIM_DOUBLE: in a trap handler, an instruction that traps again. */
void trap_again(struct world *w, struct emitter *e);

/* For AIM_LOCKDOWN: a routine that puts M-mode, the director too, under the rules of Smepmp. Then
 * random code may write mseccfg without ruining the director. */
void lock_down(struct routine *o);

/* For an experiment with Smepmp: PMP entries that mean one thing before MML or MMWP is set, and
 * another after. */
void lock_ahead(struct routine *o);

#endif
