/* Making a program that shows a difference as small as may be, by nops in place of instructions. */
#ifndef TESTS_RANDOM_SHRINK_H
#define TESTS_RANDOM_SHRINK_H

#include "hart/isa.h"
#include "tests/random/program.h"

/* Does a program show it? */
typedef bool shows_fn(const struct program *p, void *arg);

/* Blank spots of p without which it still does, in at most so many trials; which ones. Good until
 * the next call. */
const bool *shrink(struct program *p, unsigned trials, shows_fn *shows, void *arg);

/* Print the instructions that are left, the image being at base. */
void list_rest(const struct program *p, const bool *blanked, const struct isa *isa, u64 base);

#endif
