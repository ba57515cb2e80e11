/* One test program of a suite: run it, judge it, say where it was when it ended. */
#ifndef PLATFORM_SUITE_TEST_H
#define PLATFORM_SUITE_TEST_H

#include "platform/suite_find.h"

enum { REASON_MAX = 400, OUTPUT_MAX = 2048 };

enum verdict_kind { VERDICT_NONE, VERDICT_PASS, VERDICT_FAIL };

/* The outcome; it lies in memory that processes share, and points nowhere. */
struct verdict {
    _Atomic(enum verdict_kind) kind; /* set last: then the rest can be read */
    char reason[REASON_MAX];         /* of a failure: "exit code 3" */
    double seconds;                  /* of the host */

    /* Where the hart that ran last was, if the program was started at all. */
    bool ran, trapped;
    u8 priv;
    bool virt;
    u64 pc, steps;
    u64 cause, epc, tval; /* of the last trap, if any */

    char output[OUTPUT_MAX]; /* of a failure: the end of what it, or vhart, printed */
};

/* Run the test in this process and fill in all but kind (which is returned), seconds, output. */
enum verdict_kind suite_test_run(struct verdict *v, const struct options *o,
                                 const struct suite_test *t);

#endif
