#include "census/census.h"
#include "census/report.h"

#include <inttypes.h>
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

static void print_text(const struct report *r, FILE *out)
{
    const struct book *first = r->book[0], *last = r->book[r->book_n - 1];
    u64 tries = first->tries + (last == first ? 0 : last->tries);
    print_isa(isa_string(r->options->isa), out);
    fprintf(out,
            "%" PRIu64 " encodings, of which %" PRIu64 " are no instruction; %" PRIu64
            " trials\n\n",
            words_in(first), last->reserved.words, tries);
    report_text(r, out);
    fprintf(out, "\n");
    for (unsigned k = 0; k < r->book_n; k++) print_summary(r->book[k], out);
    print_verdict(r, out);
}

static void print(const struct report *r, FILE *out)
{
    switch (r->options->format) {
    case CENSUS_TEXT: print_text(r, out); break;
    case CENSUS_JSON: report_json(r, 1, out); break;
    case CENSUS_HTML: break;
    }
}

int census(const struct census_options *o, FILE *out, char *error, size_t error_size)
{
    struct harts harts = {.n = 0};
    struct report r = {.options = o};
    int status = STATUS_BAD;
    bool good = take_harts(&harts, o, error, error_size);
    for (unsigned k = 0; k < harts.n; k++) r.book[k] = &harts.book[k];
    r.book_n = harts.n;
    if (good && report_make(&r)) {
        print(&r, out);
        status = report_is_clean(&r) ? STATUS_CLEAN : STATUS_ESCAPES;
    }
    report_free(&r);
    for (unsigned k = 0; k < harts.n; k++) book_free(&harts.book[k]);
    return status;
}
