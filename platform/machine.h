/* A board with everything that the command line asked to be on it. */
#ifndef PLATFORM_MACHINE_H
#define PLATFORM_MACHINE_H

#include "platform/board.h"
#include "platform/htif.h"
#include "platform/load.h"

struct machine {
    struct board *board;
    struct htif *htif; /* NULL when the program does not use it */
};

/* Make the board on this tier, load it, ready to run. False, with a line on stderr. o and s must
 * outlive it. Take down with machine_end in either case. */
bool machine_begin(struct machine *m, const struct options *o, struct software *s,
                   enum hart_tier tier, enum board_console console);
void machine_end(struct machine *m);

#endif
