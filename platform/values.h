/* Values of options: numbers, sizes, words. */
#ifndef PLATFORM_VALUES_H
#define PLATFORM_VALUES_H

#include "hart/types.h"

/* A whole number in C's notations from min to max. */
bool parse_number(const char *text, u64 min, u64 max, u64 *out);

/* A size: a whole number and K, M, G or T ("64K", "64KiB"), powers of 1024; without a suffix it
 * counts units. False when it is no such thing or does not fit 64 bits. */
bool parse_size(const char *text, u64 unit, u64 *bytes);

/* The same, and one of the words of a list that ends in NULL: *which. False, with a line on stderr
 * that names the option and what it takes. */
bool take_number(const char *option, const char *text, u64 min, u64 max, u64 *out);
bool take_word(const char *option, const char *text, const char *const words[], unsigned *which);

#endif
