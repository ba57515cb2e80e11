#include "platform/suite_report.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- what every format says ---- */

static const char *mode_name(const struct verdict *v)
{
    static const char *const names[2][4] = {
        {"U",  "S",  "?", "M"},
        {"VU", "VS", "?", "?"}
    };
    return names[v->virt][v->priv & 3];
}

/* "VS-mode, pc 0x80000010; last trap: cause 2, epc 0x8000000c, tval 0x0", or "". */
static const char *place(const struct verdict *v)
{
    static char text[200];
    int n = 0;
    if (!v->ran) return "";
    n = snprintf(text, sizeof text, "%s-mode, pc 0x%" PRIx64, mode_name(v), v->pc);
    if (!v->trapped)
        snprintf(text + n, sizeof text - (size_t)n, "; no trap");
    else
        snprintf(text + n, sizeof text - (size_t)n,
                 "; last trap: %s %" PRIu64 ", epc 0x%" PRIx64 ", tval 0x%" PRIx64,
                 v->cause >> 63 ? "interrupt" : "cause", v->cause & INT64_MAX, v->epc, v->tval);
    return text;
}

/* Print each line of text after indent, what is no printable ASCII as '?'. */
static void print_indented(FILE *out, const char *indent, const char *text)
{
    for (const char *p = text; *p;) {
        fputs(indent, out);
        for (; *p && *p != '\n'; p++)
            if (*p != '\r') fputc((*p >= ' ' && *p <= '~') || *p == '\t' ? *p : '?', out);
        fputc('\n', out);
        if (*p) p++;
    }
}

/* The last few lines. */
static const char *tail(const char *text)
{
    enum { LINES = 8 };
    const char *p = text + strlen(text);
    if (p > text && p[-1] == '\n') p--;
    for (unsigned n = 0; p > text && (p[-1] != '\n' || ++n < LINES);) p--;
    return p;
}

/* ---- text ---- */

static void text_test(const struct report *r, const struct suite_test *t, const struct verdict *v)
{
    if (v->kind == VERDICT_PASS) return;
    fprintf(r->out, "FAIL %s: %s\n", t->path, v->reason);
    if (v->ran) fprintf(r->out, "     %s\n", place(v));
    print_indented(r->out, "     | ", tail(v->output));
}

static void text_end(const struct report *r)
{
    fprintf(r->out, "%u passed, %u failed of %u (%.1f s)\n", r->passed, r->failed, r->list->count,
            r->seconds);
}

/* ---- TAP, version 13 ---- */

static void tap_begin(const struct report *r)
{
    fprintf(r->out, "TAP version 13\n1..%u\n", r->list->count);
}

/* A '#' would begin a directive. */
static void tap_name(FILE *out, const char *name)
{
    for (const char *p = name; *p; p++) {
        if (*p == '#' || *p == '\\') fputc('\\', out);
        fputc((unsigned char)*p < ' ' ? '?' : *p, out);
    }
}

static void tap_test(const struct report *r, const struct suite_test *t, const struct verdict *v)
{
    bool passed = v->kind == VERDICT_PASS;
    fprintf(r->out, "%sok %u - ", passed ? "" : "not ", r->told + 1);
    tap_name(r->out, t->path);
    fputc('\n', r->out);
    if (passed) return;
    fputs("  ---\n  message: |\n", r->out);
    print_indented(r->out, "    ", v->reason);
    if (v->ran) fprintf(r->out, "  at: |\n    %s\n", place(v));
    if (*v->output) fputs("  output: |\n", r->out);
    print_indented(r->out, "    ", v->output);
    fputs("  ...\n", r->out);
}

/* ---- JUnit's XML ---- */

/* XML 1.0 has no control characters, escaped or not; and bytes above 127 may not be UTF-8. */
static void xml(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((*p >= ' ' && *p <= '~') || *p == '\n' || *p == '\t' ? *p : '?', out);
        }
    }
}

static void junit_begin(const struct report *r)
{
    unsigned failed = 0;
    for (unsigned k = 0; k < r->list->count; k++) failed += r->verdicts[k].kind != VERDICT_PASS;
    fprintf(r->out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuite name=\"vhart\" tests=\"%u\" failures=\"%u\" errors=\"0\" time=\"%.3f\">\n",
            r->list->count, failed, r->seconds);
}

static void junit_test(const struct report *r, const struct suite_test *t, const struct verdict *v)
{
    fputs("<testcase classname=\"vhart\" name=\"", r->out);
    xml(r->out, t->path);
    fprintf(r->out, "\" time=\"%.6f\"", v->seconds);
    if (v->kind == VERDICT_PASS) {
        fputs("/>\n", r->out);
        return;
    }
    fputs("><failure message=\"", r->out);
    xml(r->out, v->reason);
    fprintf(r->out, "\">%s</failure><system-out>", place(v));
    xml(r->out, v->output);
    fputs("</system-out></testcase>\n", r->out);
}

static void junit_end(const struct report *r)
{
    fputs("</testsuite>\n", r->out);
}

/* ---- JSON ---- */

/* A string. Bytes above 127 need not be UTF-8: each becomes the character of that number. */
static void json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p >= ' ' && *p <= '~')
            fputc(*p, out);
        else
            fprintf(out, "\\u%04x", (unsigned char)*p);
    }
    fputc('"', out);
}

static void json_begin(const struct report *r)
{
    fputs("{\"tests\": [\n", r->out);
}

/* 64-bit numbers are strings: not every reader of JSON has more than 53 bits. */
static void json_place(FILE *out, const struct verdict *v)
{
    if (!v->ran) return;
    fprintf(out, ", \"mode\": \"%s\", \"pc\": \"0x%" PRIx64 "\", \"steps\": %" PRIu64, mode_name(v),
            v->pc, v->steps);
    if (v->trapped)
        fprintf(out,
                ", \"trap\": {\"cause\": \"0x%" PRIx64 "\", \"epc\": \"0x%" PRIx64
                "\", \"tval\": \"0x%" PRIx64 "\"}",
                v->cause, v->epc, v->tval);
}

static void json_test(const struct report *r, const struct suite_test *t, const struct verdict *v)
{
    bool passed = v->kind == VERDICT_PASS;
    fputs("{\"path\": ", r->out);
    json_string(r->out, t->path);
    fprintf(r->out, ", \"passed\": %s, \"seconds\": %.6f", passed ? "true" : "false", v->seconds);
    json_place(r->out, v);
    if (!passed) {
        fputs(", \"reason\": ", r->out);
        json_string(r->out, v->reason);
        fputs(", \"output\": ", r->out);
        json_string(r->out, v->output);
    }
    fputs(r->told + 1 < r->list->count ? "},\n" : "}\n", r->out);
}

static void json_end(const struct report *r)
{
    fprintf(r->out, "], \"passed\": %u, \"failed\": %u, \"seconds\": %.3f}\n", r->passed, r->failed,
            r->seconds);
}

/* ---- all of them ---- */

static const struct format {
    void (*begin)(const struct report *r);
    void (*test)(const struct report *r, const struct suite_test *t, const struct verdict *v);
    void (*end)(const struct report *r);
    bool at_end; /* its beginning has the counts in it */
} formats[] = {
    [FORMAT_TEXT] = {NULL,        text_test,  text_end,  false},
    [FORMAT_TAP] = {tap_begin,   tap_test,   NULL,      false},
    [FORMAT_JUNIT] = {junit_begin, junit_test, junit_end, true },
    [FORMAT_JSON] = {json_begin,  json_test,  json_end,  false},
};

static void hide_progress(struct report *r)
{
    if (r->shown) fputs("\r\033[K", stderr);
    r->shown = false;
}

static void show_progress(struct report *r)
{
    unsigned done = 0, failed = 0;
    if (!isatty(STDERR_FILENO)) return;
    for (unsigned k = 0; k < r->list->count; k++) {
        done += r->verdicts[k].kind != VERDICT_NONE;
        failed += r->verdicts[k].kind == VERDICT_FAIL;
    }
    fprintf(stderr, "\r%u of %u, %u failed\033[K", done, r->list->count, failed);
    r->shown = true;
}

static void tell(struct report *r)
{
    const struct format *f = &formats[r->format];
    const struct verdict *v = &r->verdicts[r->told];
    if (!r->begun && f->begin) f->begin(r);
    r->begun = true;
    hide_progress(r);
    f->test(r, &r->list->tests[r->told], v);
    r->told++;
    if (v->kind == VERDICT_PASS)
        r->passed++;
    else
        r->failed++;
}

void report_progress(struct report *r)
{
    if (!formats[r->format].at_end)
        while (r->told < r->list->count && r->verdicts[r->told].kind != VERDICT_NONE) tell(r);
    fflush(r->out);
    show_progress(r);
}

bool report_end(struct report *r)
{
    while (r->told < r->list->count) tell(r);
    hide_progress(r);
    if (formats[r->format].end) formats[r->format].end(r);
    return !r->failed;
}
