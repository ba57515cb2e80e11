/* All that was found, for programs: one object, described in docs/virtualizability.md. */
#include "census/report.h"

#include <inttypes.h>

static const char *truth(bool b)
{
    return b ? "true" : "false";
}

static void print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fputc('\\', out);
        if ((unsigned char)*text >= ' ') fputc(*text, out);
    }
    fputc('"', out);
}

/* "key": ["a", "b"] of the bits set */
static void print_bits(FILE *out, const char *key, u32 bits,
                       const char *(*name)(const void *, unsigned), const void *of)
{
    const char *comma = "";
    fprintf(out, ", \"%s\": [", key);
    for (unsigned k = 0; k < 32; k++) {
        if (!(bits >> k & 1)) continue;
        fputs(comma, out);
        print_string(out, name(of, k));
        comma = ", ";
    }
    fputc(']', out);
}

static const char *name_of_resource(const void *book, unsigned k)
{
    return ((const struct book *)book)->resource_name[k];
}
static const char *name_of_knob(const void *none, unsigned k)
{
    (void)none;
    return knobs[k].name;
}

static void print_cell(FILE *out, const struct book *b, const struct cell *c)
{
    static const char *const outcomes[] = {[OUT_RUNS] = "runs",
                                           [OUT_DATA] = "data exception",
                                           [OUT_CALL] = "call",
                                           [OUT_ILLEGAL] = "illegal instruction",
                                           [OUT_VIRTUAL] = "virtual instruction"};
    fprintf(out, "{\"open\": \"%s\", \"closed\": \"%s\"", outcomes[c->open], outcomes[c->closed]);
    print_bits(out, "changes", c->changes, name_of_resource, b);
    print_bits(out, "reveals", c->reveals, name_of_resource, b);
    print_bits(out, "leaks", c->leaks, name_of_resource, b);
    print_bits(out, "own", c->own, name_of_resource, b);
    print_bits(out, "traps_by", c->traps_by, name_of_knob, NULL);
    print_bits(out, "differs_by", c->differs_by, name_of_knob, NULL);
    fputc('}', out);
}

static void print_entry(FILE *out, const struct book *b, const struct entry *e)
{
    static const char *const groups[] = {[GROUP_FULL] = "32 bits",
                                         [GROUP_COMPRESSED] = "16 bits",
                                         [GROUP_CSR] = "CSR",
                                         [GROUP_X86] = "x86"};
    const char *comma = "";
    fprintf(out, "{\"name\": ");
    print_string(out, e->name);
    fprintf(out, ", \"example\": ");
    print_string(out, e->example);
    fprintf(out, ", \"group\": \"%s\", \"encodings\": %" PRIu64 ", \"tried\": %" PRIu64,
            groups[e->group], e->words, e->tried);
    fprintf(out, ", \"control\": %s, \"behaviour\": %s, \"mode_shows\": %s, \"differs\": %s",
            truth(is_control_sensitive(&e->found)), truth(is_behaviour_sensitive(&e->found)),
            truth(e->found.mode_shows), truth(e->found.differs));
    fprintf(out, ", \"escapes\": %s, \"modes\": {", truth(entry_escapes(b, e)));
    for (unsigned mode = b->mode_first; mode < b->mode_n; mode++) {
        fprintf(out, "%s\"%s\": ", comma, b->mode_name[mode]);
        print_cell(out, b, &e->found.cell[mode]);
        comma = ", ";
    }
    fprintf(out, "}}");
}

static void print_book(FILE *out, const struct book *b)
{
    fprintf(out, "{\"title\": ");
    print_string(out, b->title);
    fprintf(out, ", \"reserved\": %" PRIu64 ", \"trials\": %" PRIu64 ", \"classes\": [\n",
            b->reserved.words, b->tries);
    for (size_t k = 0; k < b->n; k++) {
        print_entry(out, b, &b->entry[k]);
        fputs(k + 1 < b->n ? ",\n" : "\n", out);
    }
    fprintf(out, "]}");
}

static void print_knob_reasons(FILE *out)
{
    for (unsigned k = 0; k < KNOB_N; k++) {
        fprintf(out, "%s\n  ", k ? "," : "");
        print_string(out, knobs[k].name);
        fprintf(out, ": ");
        print_string(out, knobs[k].why);
    }
}

void report_json(const struct report *reports, unsigned n, FILE *out)
{
    const char *comma = "";
    fprintf(out, "{\"isa\": \"%s\",\n", isa_string(reports[0].options->isa));
    fprintf(out, "\"virtualizable\": %s,\n\"counterexamples\": [",
            truth(report_is_clean(&reports[0])));
    for (size_t k = 0; k < reports[0].n; k++) {
        if (!row_escapes(&reports[0], &reports[0].row[k])) continue;
        fputs(comma, out);
        print_string(out, row_entry(&reports[0].row[k])->name);
        comma = ", ";
    }
    fprintf(out, "],\n\"knobs\": {");
    print_knob_reasons(out);
    fprintf(out, "\n},\n\"machines\": [\n");
    comma = "";
    for (unsigned j = 0; j < n; j++) {
        for (unsigned k = 0; k < reports[j].book_n; k++) {
            fputs(comma, out);
            print_book(out, reports[j].book[k]);
            comma = ",\n";
        }
    }
    fprintf(out, "\n]}\n");
}
