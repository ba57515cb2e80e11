/* The table for a terminal: for each group a line of letters, then who is in it, and why. */
#include "census/group.h"

#include <string.h>

enum { WIDTH = 100, LINES = 3 };

/* ---- names, in lines ---- */

struct list {
    FILE *out;
    unsigned indent, column, lines, left_out;
    bool full, any;
};

static void put_name(void *arg, const char *name)
{
    struct list *l = arg;
    unsigned length = (unsigned)strlen(name) + 2;
    bool breaks = l->column + length > WIDTH;
    if (l->left_out || (breaks && !l->full && l->lines + 1 == LINES)) {
        l->left_out++;
        return;
    }
    if (breaks) {
        fprintf(l->out, ",\n%*s", (int)l->indent, "");
        l->column = l->indent;
        l->lines++;
    } else if (l->any) {
        fprintf(l->out, ", ");
    }
    fprintf(l->out, "%s", name);
    l->column += length;
    l->any = true;
}

static void print_names(const struct report *r, const struct groups *g, unsigned group,
                        unsigned indent, FILE *out)
{
    struct list l = {.out = out, .indent = indent, .column = indent, .full = r->options->full};
    fprintf(out, "%*s", (int)indent, "");
    group_names(g, group, put_name, &l);
    if (l.left_out) fprintf(out, ",\n%*sand %u more", (int)indent, "", l.left_out);
    fprintf(out, "\n");
}

/* ---- lines ---- */

static unsigned print_letters(const struct report *r, const struct look *look, FILE *out)
{
    int width = 0;
    for (unsigned k = 0; k < r->book_n; k++) {
        for (unsigned mode = r->book[k]->mode_first; mode < r->book[k]->mode_n; mode++)
            width += fprintf(out, " %*c", (int)strlen(r->book[k]->mode_name[mode]),
                             look->letters[k][mode]);
        width += fprintf(out, "  ");
    }
    return (unsigned)width;
}

static void print_kind(const struct report *r, const struct look *look, FILE *out)
{
    static const char *const kinds[] = {"not sensitive", "control-sensitive", "behaviour-sensitive",
                                        "control- and behaviour-sensitive"};
    fprintf(out, "%s", kinds[look->control + 2 * look->behaviour]);
    if (look->resources) fprintf(out, ": ");
    print_resources(out, r, look->resources);
    if (look->knobs) fprintf(out, "; configured by ");
    print_knobs(out, look->knobs);
    fprintf(out, "\n");
}

struct indented {
    FILE *out;
    unsigned indent;
};

static void put_reason(void *arg, const char *reason)
{
    const struct indented *i = arg;
    fprintf(i->out, "%*s-- %s\n", (int)i->indent, "", reason);
}

static void print_group(const struct report *r, const struct groups *g, unsigned group, FILE *out)
{
    const struct look *look = group_look(g, group);
    struct indented i = {out, print_letters(r, look, out)};
    print_kind(r, look, out);
    print_names(r, g, group, i.indent, out);
    look_reasons(look, put_reason, &i);
}

static void print_heads(const struct report *r, FILE *out)
{
    if (r->book_n == 2) fprintf(out, " no H     with H\n");
    for (unsigned k = 0; k < r->book_n; k++) {
        for (unsigned mode = r->book[k]->mode_first; mode < r->book[k]->mode_n; mode++)
            fprintf(out, " %s", r->book[k]->mode_name[mode]);
        if (k + 1 < r->book_n) fprintf(out, "  ");
    }
    fprintf(out, "\n");
}

static void print_legend(const struct report *r, FILE *out)
{
    fprintf(out, "\n . runs   i traps   c runs if the mode above permits it   ");
    if (r->book[0]->mode_first)
        fprintf(out, "! sensitive, but not privileged\n");
    else
        fprintf(out, "v traps to the hypervisor   t is there to trap\n"
                     " g runs on the guest's own copy   ! sensitive, but not privileged\n");
}

/* On a terminal the end is what one sees: there stands what breaks the rule. */
bool report_text(const struct report *r, FILE *out)
{
    struct groups g;
    bool good = groups_make(&g, r);
    print_heads(r, out);
    for (unsigned k = g.group_n; k-- > 0;) print_group(r, &g, k, out);
    print_legend(r, out);
    groups_free(&g);
    return good;
}
