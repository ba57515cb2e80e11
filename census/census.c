#include "census/census.h"
#include "census/beside.h"
#include "census/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_CLEAN = 0, STATUS_ESCAPES = 1, STATUS_BAD = 2, WIDTH = 100 };

/* ---- the harts ---- */

/* One without H and, if the ISA has it, one with H. */
struct harts {
    struct book book[2];
    unsigned n;
};

static bool take_harts(struct harts *harts, const struct census_options *o, char *error,
                       size_t size)
{
    struct isa without = *o->isa;
    isa_remove(&without, EXT_H);
    harts->n = 1;
    if (!book_take(&harts->book[0], &without, o->quirks, o->samples, o->seed, error, size))
        return false;
    if (!isa_has(o->isa, EXT_H)) return true;
    harts->n = 2;
    return book_take(&harts->book[1], o->isa, o->quirks, o->samples, o->seed, error, size);
}

/* ---- the text around the table ---- */

static u64 words_in(const struct book *b)
{
    u64 words = b->reserved.words;
    for (size_t k = 0; k < b->n; k++) words += b->entry[k].words;
    return words;
}

/* An ISA string is longer than a line. */
static void print_isa(const char *string, FILE *out)
{
    unsigned column = 0;
    while (*string) {
        int length = (int)strcspn(string + 1, "_") + 1;
        if (column + (unsigned)length > WIDTH) {
            fprintf(out, "\n  ");
            column = 2;
        }
        column += (unsigned)fprintf(out, "%.*s", length, string);
        string += length;
    }
    fprintf(out, "\n");
}

static void print_summary(const struct book *b, FILE *out)
{
    unsigned sensitive = 0, escapes = 0;
    for (size_t k = 0; k < b->n; k++) {
        sensitive += is_sensitive(&b->entry[k].found);
        escapes += entry_escapes(b, &b->entry[k]);
    }
    fprintf(out, "%s: %zu classes, %u of them sensitive; ", b->title, b->n, sensitive);
    if (b->hypervisor)
        fprintf(out, "below HS, %u reach past the guest\n", escapes);
    else
        fprintf(out, "below S, in U, %u do not trap\n", escapes);
}

static bool print_text(const struct report *r, FILE *out)
{
    const struct book *first = r->book[0], *last = r->book[r->book_n - 1];
    u64 tries = first->tries + (last == first ? 0 : last->tries);
    print_isa(isa_string(r->options->isa), out);
    fprintf(out,
            "%" PRIu64 " encodings, of which %" PRIu64 " are no instruction; %" PRIu64
            " trials\n\n",
            words_in(first), last->reserved.words, tries);
    bool good = report_text(r, out);
    fprintf(out, "\n");
    for (unsigned k = 0; k < r->book_n; k++) print_summary(r->book[k], out);
    print_verdict(r, out);
    return good;
}

/* ---- other machines beside ---- */

struct others {
    struct beside *record;
    struct report *report; /* one more than there are: the first is vhart's own */
    unsigned n;
};

static bool read_others(struct others *a, const struct census_options *o, char *error, size_t size)
{
    a->record = calloc(o->beside_n + 1, sizeof *a->record);
    a->report = calloc(o->beside_n + 1, sizeof *a->report);
    if (!a->record || !a->report) return false;
    while (a->n < o->beside_n) {
        unsigned k = a->n++;
        struct report *r = &a->report[k + 1];
        if (!beside_read(&a->record[k], o->beside[k], error, size)) return false;
        *r = (struct report){.options = o, .book = {&a->record[k].book}, .book_n = 1};
        if (!report_make(r)) return false;
    }
    return true;
}

static void free_others(struct others *a)
{
    for (unsigned k = 0; k < a->n; k++) {
        beside_free(&a->record[k]);
        report_free(&a->report[k + 1]);
    }
    free(a->record);
    free(a->report);
}

static bool print_other(const struct beside *b, const struct report *r, FILE *out)
{
    fprintf(out, "%s\n\n", b->book.title);
    for (unsigned k = 0; k < b->remark_n; k++)
        fprintf(out, " %-6s %s\n", b->remark[k].name, b->remark[k].text);
    bool good = !b->book.n || report_text(r, out);
    if (b->book.n) print_verdict(r, out);
    fprintf(out, "\n");
    return good;
}

/* ---- all of it ---- */

static bool print_all_text(const struct others *a, FILE *out)
{
    bool good = true;
    for (unsigned k = 0; k < a->n; k++) good &= print_other(&a->record[k], &a->report[k + 1], out);
    return print_text(&a->report[0], out) && good;
}

static bool print(const struct others *a, enum census_format format, FILE *out)
{
    switch (format) {
    case CENSUS_TEXT: return print_all_text(a, out);
    case CENSUS_JSON: report_json(a->report, a->n + 1, out); return true;
    case CENSUS_HTML: return report_html(a->report, a->record, a->n, out);
    }
    return false;
}

int census(const struct census_options *o, FILE *out, char *error, size_t error_size)
{
    struct harts harts = {.n = 0};
    struct others others = {.n = 0};
    int status = STATUS_BAD;
    snprintf(error, error_size, "out of memory");
    bool good =
        read_others(&others, o, error, error_size) && take_harts(&harts, o, error, error_size);
    if (good) {
        struct report *r = &others.report[0];
        *r = (struct report){
            .options = o, .book = {&harts.book[0], &harts.book[1]},
                 .book_n = harts.n
        };
        if (report_make(r) && print(&others, o->format, out))
            status = report_is_clean(r) ? STATUS_CLEAN : STATUS_ESCAPES;
        report_free(r);
    }
    for (unsigned k = 0; k < harts.n; k++) book_free(&harts.book[k]);
    free_others(&others);
    return status;
}
