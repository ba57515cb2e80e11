/* The census: every instruction of a hart, tried in every mode, and what follows for hypervisors.
 * docs/virtualizability.md tells what it is good for. */
#ifndef CENSUS_CENSUS_H
#define CENSUS_CENSUS_H

#include "hart/isa.h"

#include <stdio.h>

enum census_format { CENSUS_TEXT, CENSUS_JSON, CENSUS_HTML };

struct census_options {
    const struct isa *isa;
    unsigned quirks;  /* hart/quirk.h */
    unsigned samples; /* random words of each instruction that check the folding */
    u64 seed;         /* of their choice */
    enum census_format format;
    bool full;                 /* text: a line for each class of instructions */
    const char *const *beside; /* records of other machines (census/beside.h) to show, too */
    unsigned beside_n;
};

/* Take it and print it on out. 0: virtualizable, 1: not, 2: it could not be taken, with a line of
 * text in error. */
int census(const struct census_options *o, FILE *out, char *error, size_t error_size);

#endif
