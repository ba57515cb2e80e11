/* --parallel: the harts of a board on threads of the host. */
#ifndef PLATFORM_PARALLEL_H
#define PLATFORM_PARALLEL_H

#include "platform/board_state.h"

/* What a board with config.parallel needs beside its harts; false when the host has none of it.
 * parallel_end after either. */
bool parallel_begin(struct board *b);
void parallel_end(struct board *b);

/* board_run's work: until the board is stopped. */
void parallel_run(struct board *b);

/* The lines of bh are no longer what its hart has. With the board locked. */
void parallel_line_changed(struct board_hart *bh);

/* An MSI for one of bh's interrupt files. With the board locked. */
void parallel_msi(struct board_hart *bh, unsigned file, u32 identity);

/* A deadline has changed, or the run is to end: whoever waits shall look again. */
void parallel_replan(struct board *b);

#endif
