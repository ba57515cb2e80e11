/* The page: everything in one file, that a browser shows without a network and prints on a slide.
 * Each class of instructions is a row, each mode a column, each cell coloured by what happened. */
#include "census/beside.h"
#include "census/group.h"

#include <inttypes.h>

static const char style[] =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;padding:0 1em;"
    "color:#1b1f24}\n"
    "h1{font-size:1.6em}h2{font-size:1.2em;margin:.2em 0}\n"
    ".machines{display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start}\n"
    "section{flex:1 1 34em;min-width:0}section:first-child{flex:2 1 60em}\n"
    "td.n{max-width:26em;overflow-wrap:anywhere}p{max-width:62em;overflow-wrap:anywhere}\n"
    "summary{display:inline;cursor:pointer;color:#0969da}details{display:inline}\n"
    "table{border-collapse:collapse;font-size:13px}\n"
    "th,td{padding:1px 7px;border:1px solid #d0d7de;text-align:left}\n"
    "thead th{position:sticky;top:0;background:#f6f8fa}\n"
    "td.c{text-align:center;width:2.4em;font-weight:600}\n"
    ".r{background:#e6f4ea}.g{background:#bfe3cb}.k{background:#fff3c4}.i{background:#9ec5f0}\n"
    ".v{background:#c7b6ec}.t{background:#e3e6ea}.x{background:#e5484d;color:#fff}\n"
    ".verdict{font-size:1.15em;font-weight:600;padding:.5em .8em;border-radius:6px;margin:.6em 0}\n"
    ".good{background:#e6f4ea}.bad{background:#fde3e4}\n"
    ".legend span{padding:1px 8px;margin-right:.4em;border:1px solid #d0d7de}\n"
    "code{font-size:13px}small{color:#57606a}\n"
    "@media print{.controls{display:none}body{margin:0;max-width:none}thead{display:"
    "table-header-group}tr{break-inside:avoid}*{-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}}\n";

static const char script[] =
    "function filter(){\n"
    "  var text=document.getElementById('text').value.toLowerCase();\n"
    "  var what=document.getElementById('what').value;\n"
    "  document.querySelectorAll('tbody tr').forEach(function(row){\n"
    "    var fits=row.textContent.toLowerCase().indexOf(text)>=0;\n"
    "    var kind=what==='all'||row.classList.contains(what);\n"
    "    row.hidden=!(fits&&kind);\n"
    "  });\n"
    "}\n"
    "document.querySelectorAll('.controls input,.controls select').forEach(function(control){\n"
    "  control.addEventListener('input',filter);\n"
    "});\n"
    "filter();\n";

static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out); break;
        }
    }
}

/* ---- cells ---- */

static const struct {
    char letter;
    const char *class, *meaning;
} letters[] = {
    {'.', "r", "runs"                             },
    {'g', "g", "runs, on the guest's own copy"    },
    {'c', "k", "runs if the mode above permits it"},
    {'i', "i", "traps"                            },
    {'v', "v", "traps to the hypervisor"          },
    {'t', "t", "is there to trap"                 },
    {'!', "x", "sensitive, and does not trap"     },
};
enum { LETTER_N = sizeof letters / sizeof letters[0] };

static void put_cell(FILE *out, char letter)
{
    for (unsigned k = 0; k < LETTER_N; k++) {
        if (letters[k].letter != letter) continue;
        fprintf(out, "<td class=\"c %s\" title=\"%s\">%c</td>", letters[k].class,
                letters[k].meaning, letter == '.' ? ' ' : letter);
        return;
    }
    fprintf(out, "<td class=\"c\"></td>");
}

static void put_legend(FILE *out)
{
    fprintf(out, "<p class=\"legend\">");
    for (unsigned k = 0; k < LETTER_N; k++)
        fprintf(out, "<span class=\"%s\">%c</span>%s &nbsp; ", letters[k].class,
                letters[k].letter == '.' ? ' ' : letters[k].letter, letters[k].meaning);
    fprintf(out, "</p>\n");
}

/* ---- groups ---- */

enum { NAMES_SHOWN = 8 };

struct names {
    FILE *out;
    unsigned n;
};

/* The first few, and the others on demand. */
static void put_name(void *arg, const char *name)
{
    struct names *names = arg;
    if (names->n == NAMES_SHOWN) fprintf(names->out, "<details><summary>more</summary>");
    fprintf(names->out, names->n && names->n != NAMES_SHOWN ? ", " : "");
    put_text(names->out, name);
    names->n++;
}

static void put_names(FILE *out, const struct groups *g, unsigned group)
{
    struct names names = {out, 0};
    fprintf(out, "<td class=\"n\"><code>");
    group_names(g, group, put_name, &names);
    fprintf(out, "%s</code></td>", names.n > NAMES_SHOWN ? "</details>" : "");
}

static void put_kind(FILE *out, const struct report *r, const struct look *look)
{
    fprintf(out, "<td>%s%s%s</td><td>", look->control ? "control" : "",
            look->control && look->behaviour ? ", " : "", look->behaviour ? "behaviour" : "");
    print_resources(out, r, look->resources);
    fprintf(out, "</td>");
}

static void put_reason(void *arg, const char *reason)
{
    FILE *out = arg;
    fprintf(out, "<br><small>");
    put_text(out, reason);
    fprintf(out, "</small>");
}

static u64 words_of(const struct groups *g, unsigned group)
{
    u64 words = 0;
    for (size_t k = 0; k < g->n; k++)
        if (g->item[k].group == group) words += g->item[k].words;
    return words;
}

static void put_group(FILE *out, const struct report *r, const struct groups *g, unsigned group)
{
    const struct look *look = group_look(g, group);
    bool x86 = r->book[0]->mode_first != 0;
    fprintf(out, "<tr class=\"%s%s\">", look_is_sensitive(look) ? "sensitive" : "",
            look_escapes(look) ? " escapes" : "");
    for (unsigned k = 0; k < r->book_n; k++)
        for (unsigned mode = r->book[k]->mode_first; mode < r->book[k]->mode_n; mode++)
            put_cell(out, look->letters[k][mode]);
    put_names(out, g, group);
    put_kind(out, r, look);
    if (!x86) {
        fprintf(out, "<td class=\"n\">");
        print_knobs(out, look->knobs);
        look_reasons(look, put_reason, out);
        fprintf(out, "</td><td>%" PRIu64 "</td>", words_of(g, group));
    }
    fprintf(out, "</tr>\n");
}

/* ---- tables ---- */

static void put_heads(FILE *out, const struct report *r)
{
    bool x86 = r->book[0]->mode_first != 0;
    fprintf(out, "<thead>");
    if (r->book_n == 2)
        fprintf(out, "<tr><th colspan=\"3\">without H</th><th colspan=\"5\">with H</th>"
                     "<th colspan=\"5\"></th></tr>");
    fprintf(out, "<tr>");
    for (unsigned k = 0; k < r->book_n; k++)
        for (unsigned mode = r->book[k]->mode_first; mode < r->book[k]->mode_n; mode++)
            fprintf(out, "<th>%s</th>", r->book[k]->mode_name[mode]);
    fprintf(out, "<th>instructions</th><th>sensitive</th><th>to</th>%s</tr></thead>\n",
            x86 ? "" : "<th>configured by</th><th>encodings</th>");
}

/* The counterexamples first: they are what one has come for. */
static bool put_table(FILE *out, const struct report *r)
{
    struct groups g;
    bool good = groups_make(&g, r);
    fprintf(out, "<table>");
    put_heads(out, r);
    fprintf(out, "<tbody>\n");
    for (unsigned k = 0; k < g.group_n; k++) put_group(out, r, &g, k);
    fprintf(out, "</tbody></table>\n");
    groups_free(&g);
    return good;
}

static void put_verdict(FILE *out, const struct report *r)
{
    fprintf(out, "<p class=\"verdict %s\">", report_is_clean(r) ? "good" : "bad");
    print_verdict(r, out);
    fprintf(out, "</p>\n");
}

static void put_remarks(FILE *out, const struct beside *b)
{
    fprintf(out, "<table><tbody>\n");
    for (unsigned k = 0; k < b->remark_n; k++) {
        fprintf(out, "<tr class=\"sensitive\"><td><code>");
        put_text(out, b->remark[k].name);
        fprintf(out, "</code></td><td>");
        put_text(out, b->remark[k].text);
        fprintf(out, "</td></tr>\n");
    }
    fprintf(out, "</tbody></table>\n");
}

static bool put_other(FILE *out, const struct report *r, const struct beside *b)
{
    fprintf(out, "<section><h2>");
    put_text(out, b->book.title);
    fprintf(out, "</h2>\n");
    if (b->remark_n) put_remarks(out, b);
    if (b->book.n) put_verdict(out, r);
    bool good = !b->book.n || put_table(out, r);
    fprintf(out, "</section>\n");
    return good;
}

static void put_controls(FILE *out)
{
    fprintf(out,
            "<p class=\"controls\"><input id=\"text\" placeholder=\"name, resource, register\"> "
            "<select id=\"what\"><option value=\"all\">all classes</option>"
            "<option value=\"sensitive\" selected>sensitive ones</option>"
            "<option value=\"escapes\">counterexamples</option></select></p>\n");
}

bool report_html(const struct report *reports, const struct beside *records, unsigned n, FILE *out)
{
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>vhart census</title>\n<style>%s</style></head>\n<body>\n",
            style);
    fprintf(out,
            "<h1>Is every sensitive instruction privileged?</h1>\n"
            "<p>Each instruction was run in each mode. It is <b>sensitive</b> if it changed a "
            "resource of the machine without trapping (control) or if what it did depended on "
            "one (behaviour); it is <b>privileged</b> if it traps in the mode that a guest "
            "kernel would run in. Where every sensitive instruction is privileged, a monitor can "
            "trap and emulate (Popek and Goldberg, 1974).</p>\n");
    put_legend(out);
    put_controls(out);
    fprintf(out,
            "<div class=\"machines\">\n<section><h2>RISC-V, as vhart runs it</h2>\n<p><small>");
    put_text(out, isa_string(reports[0].options->isa));
    fprintf(out, "</small></p>\n");
    put_verdict(out, &reports[0]);
    bool good = put_table(out, &reports[0]);
    fprintf(out, "</section>\n");
    for (unsigned k = 0; k < n; k++) good &= put_other(out, &reports[k + 1], &records[k]);
    fprintf(out, "</div>\n<script>\n%s</script>\n</body></html>\n", script);
    return good;
}
