/* Experiments: an access, a change to its translation with just the fences that are due, and the
 * access again. */
#ifndef TESTS_RANDOM_EXPERIMENT_H
#define TESTS_RANDOM_EXPERIMENT_H

#include "tests/random/fences.h"

/* The stubs' page, in the vault (STUB_PA). */
void make_stubs(struct world *w);

/* The routines of an experiment, at these offsets in the vault, to be run in this order. */
enum { EXPERIMENT_N = 3 };
void make_experiment(struct world *w, const u64 offset[EXPERIMENT_N]);

#endif
