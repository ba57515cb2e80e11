/* What is said about a program whose tiers differ, and about many programs. */
#ifndef TESTS_RANDOM_REPORT_H
#define TESTS_RANDOM_REPORT_H

#include "tests/random/run.h"

/* Shrink the program and print where and how the tiers differ. */
void report_difference(struct program *p, u64 steps);

void print_stats(const struct stats *s);

#endif
