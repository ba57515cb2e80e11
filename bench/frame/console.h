/* The report on the board's console, a line "name value" a field, and the end of the run. */
#ifndef BENCH_CONSOLE_H
#define BENCH_CONSOLE_H

#include "frame.h"

void print_field(const char *name, u64 value);
void print_hex_field(const char *name, u64 value);

/* Exit status 0 or 1. */
void power_off(bool good) __attribute__((noreturn));

#endif
