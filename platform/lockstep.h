/* Two runs of the same software, one on the block engine and one on the reference stepper,
 * compared after each block: whatever differs is a defect of the block engine. */
#ifndef PLATFORM_LOCKSTEP_H
#define PLATFORM_LOCKSTEP_H

#include "platform/load.h"

enum { STATUS_DIFFERENCE = 3 };

/* The exit status of the run; STATUS_DIFFERENCE after a report on stderr; 2, with a line on stderr,
 * when it could not begin. */
int lockstep_run(const struct options *o, struct software *s);

#endif
