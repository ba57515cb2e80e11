#include "census/report.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static const struct entry *nth_of_name(const struct book *b, const char *name, unsigned n)
{
    for (size_t k = 0; k < b->n; k++)
        if (strcmp(b->entry[k].name, name) == 0 && n-- == 0) return &b->entry[k];
    return NULL;
}

/* Entries of the book up to k with the same name as the k-th. */
static unsigned rank_of(const struct book *b, size_t k)
{
    unsigned rank = 0;
    for (size_t j = 0; j < k; j++)
        if (strcmp(b->entry[j].name, b->entry[k].name) == 0) rank++;
    return rank;
}

static void add_rows(struct report *r, unsigned book)
{
    const struct book *b = r->book[book];
    for (size_t k = 0; k < b->n; k++) {
        unsigned rank = rank_of(b, k);
        struct row row = {
            .entry = {NULL, NULL}
        };
        row.entry[book] = &b->entry[k];
        if (book && nth_of_name(r->book[0], b->entry[k].name, rank)) continue;
        if (!book && r->book_n == 2) row.entry[1] = nth_of_name(r->book[1], b->entry[k].name, rank);
        r->row[r->n++] = row;
    }
}

bool report_make(struct report *r)
{
    size_t most = 0;
    for (unsigned k = 0; k < r->book_n; k++) most += r->book[k]->n;
    r->row = calloc(most ? most : 1, sizeof *r->row);
    r->n = 0;
    if (!r->row) return false;
    for (unsigned k = 0; k < r->book_n; k++) add_rows(r, k);
    return true;
}

void report_free(struct report *r)
{
    free(r->row);
}

const struct entry *row_entry(const struct row *row)
{
    return row->entry[1] ? row->entry[1] : row->entry[0];
}

/* ---- what a row says ---- */

static bool escapes_in(const struct book *b, const struct entry *e, unsigned mode)
{
    if (mode == MODE_U) return escapes_user(&e->found);
    if (!b->hypervisor) return false;
    if (mode == MODE_VS && e->found.differs) return true;
    return mode >= MODE_VS && e->found.cell[mode].leaks;
}

char row_letter(const struct report *r, const struct row *row, unsigned book, unsigned mode)
{
    static const char letters[] = {[OUT_RUNS] = '.',
                                   [OUT_DATA] = '.',
                                   [OUT_CALL] = 't',
                                   [OUT_ILLEGAL] = 'i',
                                   [OUT_VIRTUAL] = 'v'};
    const struct book *b = r->book[book];
    const struct entry *e = row->entry[book];
    if (!e || mode >= b->mode_n) return ' ';
    const struct cell *c = &e->found.cell[mode];
    char open = letters[c->open], closed = letters[c->closed];
    if (escapes_in(b, e, mode)) return '!';
    if (open != closed) return 'c';
    return open == '.' && mode >= MODE_VS && is_sensitive(&e->found) ? 'g' : open;
}

bool row_is_sensitive(const struct report *r, const struct row *row)
{
    for (unsigned k = 0; k < r->book_n; k++)
        if (row->entry[k] && is_sensitive(&row->entry[k]->found)) return true;
    return row_escapes(r, row);
}

bool row_escapes(const struct report *r, const struct row *row)
{
    for (unsigned k = 0; k < r->book_n; k++)
        if (row->entry[k] && entry_escapes(r->book[k], row->entry[k])) return true;
    return false;
}

u32 row_resources(const struct row *row)
{
    u32 found = row_entry(row)->found.mode_shows ? BIT(RES_MODE) : 0;
    for (unsigned k = 0; k < 2; k++)
        for (unsigned mode = 0; row->entry[k] && mode < MODE_VS; mode++)
            found |=
                row->entry[k]->found.cell[mode].changes | row->entry[k]->found.cell[mode].reveals;
    return found;
}

/* Of what reads the enables themselves, only what makes it trap is worth telling. */
u32 row_knobs(const struct report *r, const struct row *row)
{
    bool reads_knobs = row_resources(row) & BIT(RES_ENABLES);
    u32 found = 0;
    for (unsigned k = 0; k < r->book_n; k++) {
        for (unsigned mode = MODE_S; row->entry[k] && mode < r->book[k]->mode_n; mode++) {
            const struct cell *c = &row->entry[k]->found.cell[mode];
            found |= c->traps_by;
            if (mode != MODE_S && !reads_knobs) found |= c->differs_by;
        }
    }
    return found;
}

/* ---- lists ---- */

void print_resources(FILE *out, const struct report *r, u32 resources)
{
    const char *comma = "";
    for (unsigned k = 0; k < RES_N; k++) {
        if (!(resources >> k & 1)) continue;
        fprintf(out, "%s%s", comma, r->book[0]->resource_name[k]);
        comma = ", ";
    }
}

void print_knobs(FILE *out, u32 set)
{
    const char *comma = "";
    for (unsigned k = 0; k < KNOB_N; k++) {
        if (!(set >> k & 1)) continue;
        fprintf(out, "%s%s", comma, knobs[k].name);
        comma = ", ";
    }
}

/* ---- the verdict ---- */

bool report_is_clean(const struct report *r)
{
    for (size_t k = 0; k < r->n; k++)
        if (row_escapes(r, &r->row[k])) return false;
    return true;
}

/* Of x86's instructions the mnemonic is enough: widths make no difference to the rule. */
static const char *verdict_name(const struct row *row)
{
    const struct entry *e = row_entry(row);
    return e->group == GROUP_X86 ? e->example : e->name;
}

static bool named_before(const struct report *r, size_t k)
{
    for (size_t j = 0; j < k; j++)
        if (row_escapes(r, &r->row[j]) &&
            strcmp(verdict_name(&r->row[j]), verdict_name(&r->row[k])) == 0)
            return true;
    return false;
}

void print_verdict(const struct report *r, FILE *out)
{
    const char *before = "not virtualizable: ";
    for (size_t k = 0; k < r->n; k++) {
        if (!row_escapes(r, &r->row[k]) || named_before(r, k)) continue;
        fprintf(out, "%s%s", before, verdict_name(&r->row[k]));
        before = ", ";
    }
    fprintf(out, "%s\n", report_is_clean(r) ? "virtualizable" : "");
}
