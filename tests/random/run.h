/* One program on two machines: a fast tier, and the stepper made to follow it. */
#ifndef TESTS_RANDOM_RUN_H
#define TESTS_RANDOM_RUN_H

#include "hart/decode.h"
#include "tests/random/machine.h"

/* How a program ended. */
enum end {
    END_STEPS,  /* it made the steps that were asked for */
    END_ASLEEP, /* in WFI, with nothing left that could wake it */
    END_STUCK,  /* it has not come to the director for STUCK_STEPS, or traps for ever */
    END_DIFFERENT,
    END_N
};

/* What ran, over many programs. Modes: M, HS, U, VS, VU; levels: M, HS, VS. */
enum { MODE_N = 5, CAUSE_N = 64 };
struct stats {
    bool rows_too; /* count modes and rows: slower */
    u64 steps, retired[MODE_N];
    u64 ends[END_N];
    u64 exceptions[CAUSE_N][3], interrupts[CAUSE_N][3];
    u64 full[ROW_FULL_N], compressed[64];
};

/* Programs are run in portions; a replay may stop in portion `last`, after last_max steps of it. */
struct extent {
    u64 steps; /* at most so many in all */
    u64 last, last_max;
};
#define WHOLE(n) ((struct extent){(n), ~0ull, 0})

struct result {
    enum end end;
    bool second;    /* the last portion was the second hart's */
    u64 portion;    /* END_DIFFERENT: which portion differs */
    u64 before;     /* steps made before it, */
    u64 length;     /* and in it */
    char what[160]; /* the first difference */
};

/* Run p; *out says how it went. stats may be NULL. */
void run_program(const struct program *p, struct extent extent, struct stats *stats,
                 struct result *out);

/* The machine as the stepper leaves it after `portion` whole portions: for a report. */
struct machine *replay(const struct program *p, u64 portion);

#endif
