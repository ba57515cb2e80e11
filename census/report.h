/* What a reader gets: the rows of one or two books side by side, in groups that behave alike. */
#ifndef CENSUS_REPORT_H
#define CENSUS_REPORT_H

#include "census/book.h"
#include "census/census.h"

/* One class of instructions: in each book, its entry, or NULL. */
struct row {
    const struct entry *entry[2];
};

struct report {
    const struct census_options *options;
    struct book *book[2]; /* without H, with H; another machine's census has one */
    unsigned book_n;
    struct row *row;
    size_t n;
};

/* Match the books' entries by name. False when memory runs out; report_free in any case. */
bool report_make(struct report *r);
void report_free(struct report *r);

/* The row's entry in the book that has more to say. */
const struct entry *row_entry(const struct row *row);

/* What the row is in a mode of a book, in one letter:
 *   .  runs               g  runs, on the guest's own copy of the register
 *   c  runs, or traps, as the mode above configures it
 *   i  traps: illegal instruction (x86: a fault)
 *   v  traps: virtual instruction        t  is there to trap
 *   !  sensitive and not privileged      (space) not in this book */
char row_letter(const struct report *r, const struct row *row, unsigned book, unsigned mode);

bool row_is_sensitive(const struct report *r, const struct row *row);
bool row_escapes(const struct report *r, const struct row *row);

/* Resources that the row changes or reveals, in modes that are not guests'; its knobs, in all. */
u32 row_resources(const struct row *row);
u32 row_knobs(const struct report *r, const struct row *row);

/* Names of bits as a list with separators: of resources, of knobs. */
void print_resources(FILE *out, const struct report *r, u32 resources);
void print_knobs(FILE *out, u32 knobs);

/* Each prints on out; false when memory runs out. */
bool report_text(const struct report *r, FILE *out);
/* The page: reports[0] is vhart's, and reports[k + 1] belongs to records[k]. */
struct beside;
bool report_html(const struct report *reports, const struct beside *records, unsigned n, FILE *out);
void report_json(const struct report *reports, unsigned n, FILE *out); /* the first is vhart's */

/* The sentence at the end of everything. */
void print_verdict(const struct report *r, FILE *out);
bool report_is_clean(const struct report *r);

#endif
