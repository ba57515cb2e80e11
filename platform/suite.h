/* vhart test: many test programs, each on a board of its own, in a few processes side by side. */
#ifndef PLATFORM_SUITE_H
#define PLATFORM_SUITE_H

#include "platform/options.h"

/* Run every test below o->suite.paths and report on stdout in the format asked for. The exit
 * status: 0 all passed, 1 some did not, 2 (with a line on stderr) there is nothing to run. */
int suite_run(const struct options *o);

#endif
