/* --exits: how often harts leave their guests, why, and what is done until they are back.
 *
 * Counted where the hart takes the trap, so that all hypervisors are measured alike. */
#ifndef PLATFORM_EXITS_H
#define PLATFORM_EXITS_H

#include "platform/board.h"

struct exits;

/* Watch the harts of the board, which nobody else may do. NULL when memory runs out. */
struct exits *exits_new(struct board *b);
void exits_free(struct exits *e);

/* After the run: print a line on stderr for each cause that came up, and their sum. */
void exits_report(const struct exits *e);

#endif
