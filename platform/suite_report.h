/* The report of vhart test: as text for people, or in a format for other programs. */
#ifndef PLATFORM_SUITE_REPORT_H
#define PLATFORM_SUITE_REPORT_H

#include "platform/suite_test.h"

#include <stdio.h>

struct report {
    FILE *out;
    enum suite_format format;
    const struct suite_list *list;
    const struct verdict *verdicts; /* as many; they come in any order */
    double seconds;                 /* that the run took; needed at its end */

    /* the report's own; zero at first */
    bool begun, shown;       /* shown: there is a progress line */
    unsigned told;           /* verdicts that have been written: in the order of the list */
    unsigned passed, failed; /* of those */
};

/* Write the verdicts that have come and whose turn it is; show on stderr, if that is a terminal,
 * how far the run has got. */
void report_progress(struct report *r);

/* Write all the rest. A test without a verdict has failed. True when every test has passed. */
bool report_end(struct report *r);

#endif
