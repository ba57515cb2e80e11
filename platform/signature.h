/* The signature of a test program: the memory between its symbols begin_signature and
 * end_signature, as Spike's +signature= writes it, for comparison with another simulator's. */
#ifndef PLATFORM_SIGNATURE_H
#define PLATFORM_SIGNATURE_H

#include "platform/board.h"

#include <stdio.h>

enum { SIGNATURE_GRANULARITY_MAX = 4096, SIGNATURE_SHOWN = 32 };

/* Write [begin, end) to out: lines of granularity bytes (up to SIGNATURE_GRANULARITY_MAX) in
 * hexadecimal, the last byte of a line first, zeros where the memory ends before the line. False
 * when that is not in RAM (silently) or out takes no more. */
bool signature_write(FILE *out, struct board *b, u64 begin, u64 end, unsigned granularity);

enum signature_match { SIGNATURE_SAME, SIGNATURE_DIFFERENT, SIGNATURE_UNREADABLE };

/* The first line that differs, both sides cut to SIGNATURE_SHOWN digits; "" where one has ended. */
struct signature_difference {
    unsigned line; /* from 1 */
    u64 pa;
    char ours[SIGNATURE_SHOWN + 1], reference[SIGNATURE_SHOWN + 1];
};

/* Compare [begin, end) with a signature written by whatever simulator: its first line tells the
 * granularity; upper case, white space at line ends and empty lines do not count. UNREADABLE,
 * silently, when it holds no line, or [begin, end) is not in RAM. */
enum signature_match signature_compare(FILE *reference, struct board *b, u64 begin, u64 end,
                                       struct signature_difference *d);

#endif
