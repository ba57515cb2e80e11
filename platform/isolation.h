/* --check-isolation: does the hypervisor keep its VMs apart?
 *
 * Whenever a hart goes to V=1, the tables that its hgatp names are gone through, and what they
 * reach must lie within what the device tree gave that VM. Nothing that the hypervisor says is
 * asked for: VMs come from /chosen, and which of them an hgatp belongs to is told by the code that
 * it runs. docs/isolation.md has the rules. */
#ifndef PLATFORM_ISOLATION_H
#define PLATFORM_ISOLATION_H

#include "platform/board.h"

enum isolation_depth {
    ISOLATION_OFF,
    ISOLATION_TABLES, /* at each world entry */
    ISOLATION_STORES  /* and at each store */
};

/* The status with which a run ends that broke the rules; as --lockstep's. */
enum { STATUS_VIOLATION = 3 };

struct isolation;

/* After board_finish_setup, which the device tree comes from. NULL, with a line on stderr, when it
 * has no VMs. A violation is a line on stderr and ends the run. */
struct isolation *isolation_new(struct board *b, enum isolation_depth depth);
void isolation_free(struct isolation *iso);

/* The observer of hart number index, which hands on what it sees to next (or NULL). */
const struct hart_observer *isolation_observer(struct isolation *iso, unsigned index,
                                               const struct hart_observer *next);

/* After the run: print a line on stderr for each VM that has run, and one that sums up. */
void isolation_report(struct isolation *iso);

#endif
