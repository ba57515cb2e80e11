/* The table for a terminal. What looks alike shares a line: the uses of one CSR, then everything
 * that has the same letters, for the same reasons. */
#include "census/report.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 100, LINES = 3 };

/* ---- items: rows, or the rows of a CSR that look alike ---- */

struct look {
    char letters[2][MODE_N];
    bool control, behaviour, swapped, csr;
    u32 resources, knobs;
};

struct item {
    char name[32];
    struct look look;
    bool printed;
};

static struct look look_at(const struct report *r, const struct row *row)
{
    const struct finding *f = &row_entry(row)->found;
    struct look look;
    memset(&look, 0, sizeof look); /* looks are compared byte by byte */
    for (unsigned k = 0; k < r->book_n; k++)
        for (unsigned mode = 0; mode < MODE_N; mode++)
            look.letters[k][mode] = row_letter(r, row, k, mode);
    look.control = is_control_sensitive(f);
    look.behaviour = is_behaviour_sensitive(f);
    look.swapped = f->swapped;
    look.csr = row_entry(row)->group == GROUP_CSR;
    look.resources = row_resources(row);
    look.knobs = row_knobs(r, row);
    return look;
}

/* "satp" of "csrrw satp" */
static const char *csr_of(const char *name)
{
    const char *space = strchr(name, ' ');
    return space ? space + 1 : name;
}

/* A CSR's item so far that looks like one more use of it. */
static struct item *same_csr(struct item *items, size_t n, const char *name,
                             const struct look *look)
{
    for (size_t k = n; look->csr && k-- > 0;)
        if (items[k].look.csr && strcmp(csr_of(items[k].name), csr_of(name)) == 0 &&
            memcmp(items[k].look.letters, look->letters, sizeof look->letters) == 0)
            return &items[k];
    return NULL;
}

static void join(struct item *item, const struct look *look)
{
    memmove(item->name, csr_of(item->name), strlen(csr_of(item->name)) + 1);
    item->look.control |= look->control;
    item->look.behaviour |= look->behaviour;
    item->look.swapped |= look->swapped;
    item->look.resources |= look->resources;
    item->look.knobs |= look->knobs;
}

static size_t make_items(const struct report *r, struct item *items)
{
    size_t n = 0;
    for (size_t k = 0; k < r->n; k++) {
        const char *name = row_entry(&r->row[k])->name;
        struct look look = look_at(r, &r->row[k]);
        struct item *same = same_csr(items, n, name, &look);
        if (same) {
            join(same, &look);
            continue;
        }
        items[n].look = look;
        snprintf(items[n++].name, sizeof items->name, "%s", name);
    }
    return n;
}

/* ---- names, in lines ---- */

/* A list that breaks lines, and writes hpmcounter3, hpmcounter4, … as one range. */
struct list {
    FILE *out;
    unsigned indent, column, lines, left_out;
    bool full, any;
    char stem[32];        /* of the range under way; "": none */
    unsigned first, last; /* its numbers */
};

static void put_item(struct list *l, const char *text)
{
    unsigned length = (unsigned)strlen(text) + 2;
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
    fprintf(l->out, "%s", text);
    l->column += length;
    l->any = true;
}

static void end_range(struct list *l)
{
    char text[64];
    if (!l->stem[0]) return;
    if (l->first == l->last)
        snprintf(text, sizeof text, "%s%u", l->stem, l->first);
    else
        snprintf(text, sizeof text, "%s%u-%u", l->stem, l->first, l->last);
    l->stem[0] = 0;
    put_item(l, text);
}

static void put_name(struct list *l, const char *name)
{
    size_t stem = strlen(name);
    while (stem && isdigit((unsigned char)name[stem - 1])) stem--;
    unsigned number = (unsigned)strtoul(name + stem, NULL, 10);
    bool goes_on = l->stem[0] && strlen(l->stem) == stem && !strncmp(l->stem, name, stem);
    if (goes_on && name[stem] && number == l->last + 1) {
        l->last = number;
        return;
    }
    end_range(l);
    if (name[stem]) {
        snprintf(l->stem, sizeof l->stem, "%.*s", (int)stem, name);
        l->first = l->last = number;
    } else {
        put_item(l, name);
    }
}

static void print_names(const struct report *r, struct item *items, size_t n, size_t k,
                        unsigned indent, FILE *out)
{
    struct list l = {.out = out, .indent = indent, .column = indent, .full = r->options->full};
    fprintf(out, "%*s", (int)indent, "");
    for (size_t j = k; j < n; j++) {
        if (memcmp(&items[j].look, &items[k].look, sizeof items->look) != 0) continue;
        put_name(&l, items[j].name);
        items[j].printed = true;
    }
    end_range(&l);
    if (l.left_out) fprintf(out, " and %u more", l.left_out);
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

static void print_reason(const struct report *r, const struct look *look, FILE *out)
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

/* What its knobs are for, once each. */
static void print_whys(const struct look *look, unsigned indent, FILE *out)
{
    for (unsigned k = 0; k < KNOB_N; k++) {
        bool again = false;
        for (unsigned j = 0; j < k; j++)
            again |= (look->knobs >> j & 1) && strcmp(knobs[j].why, knobs[k].why) == 0;
        if (!(look->knobs >> k & 1) || again) continue;
        fprintf(out, "%*s-- %s\n", (int)indent, "", knobs[k].why);
    }
    if (look->swapped)
        fprintf(
            out,
            "%*s-- no VS CSR stands in: the hypervisor swaps it when it changes guests (22.2)\n",
            (int)indent, "");
}

static void print_heads(const struct report *r, FILE *out)
{
    if (r->book_n == 2) fprintf(out, " no H     with H\n");
    for (unsigned k = 0; k < r->book_n; k++) {
        for (unsigned mode = r->book[k]->mode_first; mode < r->book[k]->mode_n; mode++)
            fprintf(out, " %s", r->book[k]->mode_name[mode]);
        fprintf(out, "  ");
    }
    fprintf(out, "\n");
}

static bool is_sensitive_item(const struct item *item)
{
    return item->look.control || item->look.behaviour;
}

/* What is harmless first, what breaks the rule last. */
static void print_groups(const struct report *r, struct item *items, size_t n, bool sensitive,
                         FILE *out)
{
    for (size_t k = 0; k < n; k++) {
        if (items[k].printed || is_sensitive_item(&items[k]) != sensitive) continue;
        unsigned width = print_letters(r, &items[k].look, out);
        print_reason(r, &items[k].look, out);
        print_names(r, items, n, k, width, out);
        print_whys(&items[k].look, width, out);
    }
}

static void print_legend(const struct report *r, FILE *out)
{
    bool x86 = r->book[0]->mode_first != 0;
    fprintf(out, "\n . runs   i traps   c runs if the mode above permits it   ");
    if (x86)
        fprintf(out, "! sensitive, but not privileged\n");
    else
        fprintf(out,
                "v traps to the hypervisor   t is there to trap\n g runs on the guest's own copy"
                "   ! sensitive, but not privileged\n");
}

void report_text(const struct report *r, FILE *out)
{
    struct item *items = calloc(r->n ? r->n : 1, sizeof *items);
    if (!items) return;
    size_t n = make_items(r, items);
    print_heads(r, out);
    print_groups(r, items, n, false, out);
    print_groups(r, items, n, true, out);
    print_legend(r, out);
    free(items);
}
