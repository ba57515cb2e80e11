/* Another machine's record, to be shown beside the census of a hart: what census/x86/run.sh wrote.
 *
 * A record is text, one fact a line, fields parted by '|':
 *     machine|TITLE
 *     NAME|WIDTH|CPL0 or CPL3|open or closed|RESOURCE varied or -|OUTCOME|DIGEST|RESOURCES or -
 *         a trial: OUTCOME is runs, call or trap:VECTOR; DIGEST is of what the program could see;
 * the resources at the end (with commas) are those that it changed host|NAME|TEXT   what the
 * processor under vhart did at CPL 3, in words end|             all trials are above Lines that
 * begin otherwise with one field are left for people. */
#ifndef CENSUS_BESIDE_H
#define CENSUS_BESIDE_H

#include "census/book.h"

struct remark {
    char name[16], text[120];
};

struct beside {
    struct book book;
    struct remark remark[64];
    unsigned remark_n;
};

/* Read a record. False: error has one line; beside_free in either case. */
bool beside_read(struct beside *b, const char *file, char *error, size_t error_size);
void beside_free(struct beside *b);

#endif
