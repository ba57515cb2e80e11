/* HTIF's system calls: Linux's numbers and structures, on the console. */
#ifndef PLATFORM_HTIF_CALLS_H
#define PLATFORM_HTIF_CALLS_H

#include "platform/board.h"

enum { HTIF_CALL_WORDS = 8 };

struct htif_call {
    struct board *board;
    u64 *words;             /* number, a0..a6; the result replaces the number */
    char *const *arguments; /* the program's */
    unsigned argument_count;
    bool *warned; /* about a call that there is not: once is enough */
};

/* Do the call. True when the program ends with this exit code; else words[0] is the result, a
 * negative errno for a failure. */
bool htif_call(const struct htif_call *call, s64 *exit_code);

/* The next byte of console input, waited for; -1 when there will be none. */
int htif_getchar(struct board *b);

#endif
