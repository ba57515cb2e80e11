/* The book of a census: its classes of instructions, each with what was found. */
#ifndef CENSUS_BOOK_H
#define CENSUS_BOOK_H

#include "census/finding.h"

enum group { GROUP_FULL, GROUP_COMPRESSED, GROUP_CSR, GROUP_X86, GROUP_N };

struct entry {
    char name[32];
    char example[48]; /* one of its words, disassembled */
    enum group group;
    u64 words; /* encodings in the class */
    u64 tried; /* how many of them were run */
    struct finding found;
};

struct book {
    char title[96];
    bool hypervisor;             /* it has VS and VU; S is HS */
    unsigned mode_first, mode_n; /* M, S, U and, with them, VS, VU; x86 has no M */
    const char *mode_name[MODE_N];
    const char *const *resource_name; /* RES_N of them */
    struct entry *entry;
    size_t n, room;
    struct entry reserved; /* words that no mode accepts */
    u64 tries;             /* steps made to find all this */
    bool failed;           /* memory ran out */
};

/* Add what was found of a word: to the entry of this name with the same outcomes, or to a new one.
 * The pointer is good until the next call; NULL when memory runs out. */
struct entry *book_add(struct book *b, enum group group, const char *name, const struct finding *f);

/* Does the book have an entry of this name that f, of one more of its words, fits into? */
bool book_expects(const struct book *b, const char *name, const struct finding *f);

void book_free(struct book *b);

/* Take the census of a hart. False: *error says why, if an instruction did not fit into its class;
 * otherwise memory ran out. */
bool book_take(struct book *b, const struct isa *isa, unsigned quirks, unsigned samples, u64 seed,
               char *error, size_t error_size);

/* Does the entry break the rule that sensitive instructions are privileged? */
bool entry_escapes(const struct book *b, const struct entry *e);

#endif
