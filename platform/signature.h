/* The signature of a test program: the memory between its symbols begin_signature and
 * end_signature, as Spike's +signature= writes it, for comparison with another simulator's. */
#ifndef PLATFORM_SIGNATURE_H
#define PLATFORM_SIGNATURE_H

#include "platform/board.h"

#include <stdio.h>

/* Write [begin, end) to out: lines of granularity bytes in hexadecimal, the last byte of a line
 * first, zeros where the memory ends before the line. False when that is not in RAM (silently) or
 * out takes no more. */
bool signature_write(FILE *out, struct board *b, u64 begin, u64 end, unsigned granularity);

#endif
