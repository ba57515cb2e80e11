/* Comparing two harts that should have done the same. */
#ifndef HART_LOCKSTEP_H
#define HART_LOCKSTEP_H

#include "hart/hart.h"

/* True when the architectural states of a and b differ; out then names the first register that does
 * and both values. */
bool hart_difference(const struct hart *a, const struct hart *b, char *out, size_t size);

#endif
