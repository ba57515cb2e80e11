/* What the code under test says on stderr is caught here: a refusal must be told in one line. */
#ifndef TESTS_FUZZ_SAID_H
#define TESTS_FUZZ_SAID_H

#include "tests/fuzz/fuzz.h"

#include <string.h>

static char said[4096];

/* Forget what was said; the first call begins to listen. Sanitizers write to the descriptor, so
 * they are heard all the same. */
static inline void listen_anew(void)
{
    static bool listening;
    if (!listening) stderr = fmemopen(said, sizeof said, "w");
    listening = true;
    rewind(stderr);
    memset(said, 0, sizeof said);
}

/* A refusal says one line; success, none. */
static inline void check_what_was_said(bool accepted)
{
    fflush(stderr);
    const char *end = strchr(said, '\n');
    if (accepted)
        HOLDS(!*said, "accepted, yet: %s", said);
    else
        HOLDS(end && end > said && !end[1], "a refusal says \"%s\"", said);
}

#endif
