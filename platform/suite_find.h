/* Which tests there are: the RISC-V executables below the paths of the command line. */
#ifndef PLATFORM_SUITE_FIND_H
#define PLATFORM_SUITE_FIND_H

#include "platform/options.h"

struct suite_test {
    char *path;
    char *options;   /* the file with options for it alone; NULL: none */
    char *reference; /* the file with the signature that it must leave; NULL: the exit code tells */
};

struct suite_list {
    struct suite_test *tests;
    unsigned count;
};

/* All tests: path after path, below a directory by name (bytewise). What is no RISC-V executable
 * is passed over, unless it is a path of the command line. False, with a line on stderr, when such
 * a path is none, or cannot be read, or there is no test at all. Free in either case. */
bool suite_find(struct suite_list *l, const struct suite_options *o);
void suite_list_free(struct suite_list *l);

#endif
