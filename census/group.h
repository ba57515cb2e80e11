/* Rows of a report in groups: what looks alike in every mode, for the same reasons. */
#ifndef CENSUS_GROUP_H
#define CENSUS_GROUP_H

#include "census/report.h"

struct look {
    char letters[2][MODE_N]; /* row_letter */
    bool control, behaviour, swapped, csr;
    u32 resources, knobs;
};

/* A row, or those of one CSR that look alike: "satp" is all three uses of it. */
struct item {
    char name[32];
    struct look look;
    unsigned group; /* items with the same number look the same */
    u64 words;
};

struct groups {
    struct item *item;
    size_t n;
    unsigned group_n; /* in the order of the rows, what breaks the rule first, innocent ones last */
};

/* False when memory runs out; groups_free in any case. */
bool groups_make(struct groups *g, const struct report *r);
void groups_free(struct groups *g);

/* The look of a group. */
const struct look *group_look(const struct groups *g, unsigned group);
bool look_escapes(const struct look *look);
bool look_is_sensitive(const struct look *look);

/* Names of a group's members in order, with hpmcounter3, hpmcounter4, … as one range. */
void group_names(const struct groups *g, unsigned group, void (*put)(void *arg, const char *name),
                 void *arg);

/* What the look's knobs are for, once each, and that the hypervisor swaps it if it does. */
void look_reasons(const struct look *look, void (*put)(void *arg, const char *reason), void *arg);

#endif
