#include "census/beside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* x86's resources, in places of enum resource that have no other use in such a book. */
static const char *const x86_names[RES_N] = {
    "mode",   "status", "GDT",   "IDT",     "LDT", "TR", "descriptors", "CR0",
    "paging", "MSR",    "debug", "devices", "?",   "?",  "?",           "?"};

enum { X86_N = 12, FIELD_N = 8 };

struct trial {
    const char *name, *width;
    enum mode mode;
    enum config config;
    int varied; /* -1: nothing */
    enum outcome outcome;
    u64 digest;
    u32 changed;
};

/* What is kept of the usual state, for comparing the others with it. */
struct usual {
    struct trial trial[MODE_N][CONFIG_N];
};

struct reader {
    struct beside *b;
    struct usual *usual; /* one for each entry */
    unsigned trial_n, end_n;
};

/* ---- one line ---- */

static int find_resource(const char *name, size_t length)
{
    for (int k = 0; k < X86_N; k++)
        if (strlen(x86_names[k]) == length && strncmp(x86_names[k], name, length) == 0) return k;
    return -1;
}

static u32 resources_in(const char *list)
{
    u32 found = 0;
    while (*list) {
        size_t length = strcspn(list, ",");
        int k = find_resource(list, length);
        if (k >= 0) found |= 1u << k;
        list += length + (list[length] == ',');
    }
    return found;
}

static enum outcome outcome_of(const char *text)
{
    return strcmp(text, "runs") == 0   ? OUT_RUNS
           : strcmp(text, "call") == 0 ? OUT_CALL
                                       : OUT_ILLEGAL;
}

static struct trial parse_trial(char *const field[FIELD_N])
{
    return (struct trial){
        .name = field[0],
        .width = field[1],
        .mode = strcmp(field[2], "CPL3") == 0 ? MODE_U : MODE_S,
        .config = strcmp(field[3], "closed") == 0 ? CONFIG_CLOSED : CONFIG_OPEN,
        .varied = find_resource(field[4], strlen(field[4])),
        .outcome = outcome_of(field[5]),
        .digest = strtoull(field[6], NULL, 16),
        .changed = resources_in(field[7]),
    };
}

/* ---- trials into findings ---- */

static size_t entry_of(struct reader *r, const struct trial *t)
{
    struct book *b = &r->b->book;
    char name[sizeof b->entry->name];
    snprintf(name, sizeof name, "%s %s", t->name, t->width);
    for (size_t k = b->n; k-- > 0;)
        if (strcmp(b->entry[k].name, name) == 0) return k;
    struct finding nothing;
    memset(&nothing, 0, sizeof nothing);
    struct entry *e = book_add(b, GROUP_X86, name, &nothing);
    if (!e) return 0;
    snprintf(e->example, sizeof e->example, "%s", t->name);
    e->words = 1;
    struct usual *usual = realloc(r->usual, b->n * sizeof *usual);
    if (!usual) {
        b->failed = true;
        return 0;
    }
    r->usual = usual;
    memset(&usual[b->n - 1], 0, sizeof *usual);
    return b->n - 1;
}

/* The usual state comes first of its kind, so that the others can be compared with it. */
static void note_usual(struct entry *e, struct usual *u, const struct trial *t)
{
    struct cell *c = &e->found.cell[t->mode];
    u->trial[t->mode][t->config] = *t;
    *(t->config == CONFIG_OPEN ? &c->open : &c->closed) = (u8)t->outcome;
    const struct trial *cpl0 = &u->trial[MODE_S][CONFIG_OPEN],
                       *cpl3 = &u->trial[MODE_U][CONFIG_OPEN];
    if (!cpl0->name || !cpl3->name) return;
    e->found.mode_shows = cpl0->outcome == OUT_RUNS && cpl3->outcome == OUT_RUNS &&
                          (cpl0->digest != cpl3->digest || cpl0->changed != cpl3->changed);
}

static void add_trial(struct reader *r, const struct trial *t)
{
    size_t k = entry_of(r, t);
    struct book *b = &r->b->book;
    if (b->failed) return;
    struct entry *e = &b->entry[k];
    struct cell *c = &e->found.cell[t->mode];
    r->trial_n++;
    if (t->varied < 0) note_usual(e, &r->usual[k], t);
    const struct trial *usual = &r->usual[k].trial[t->mode][t->config];
    c->changes |= t->changed;
    if (t->varied >= 0 && usual->name && usual->outcome == OUT_RUNS && t->outcome == OUT_RUNS &&
        usual->digest != t->digest)
        c->reveals |= 1u << t->varied;
}

/* ---- the file ---- */

static unsigned split(char *line, char *field[FIELD_N])
{
    unsigned n = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *p = line; p && n < FIELD_N; n++) {
        field[n] = p;
        p = strchr(p, '|');
        if (p) *p++ = 0;
    }
    return n;
}

static void add_remark(struct beside *b, const char *name, const char *text)
{
    if (b->remark_n == sizeof b->remark / sizeof b->remark[0]) return;
    struct remark *m = &b->remark[b->remark_n++];
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->text, sizeof m->text, "%s", text);
}

static void read_line(struct reader *r, char *line)
{
    char *field[FIELD_N];
    unsigned n = split(line, field);
    if (n == FIELD_N) {
        struct trial t = parse_trial(field);
        add_trial(r, &t);
    } else if (n == 2 && strcmp(field[0], "machine") == 0) {
        snprintf(r->b->book.title, sizeof r->b->book.title, "%s", field[1]);
    } else if (n == 3 && strcmp(field[0], "host") == 0) {
        add_remark(r->b, field[1], field[2]);
    } else if (n == 2 && strcmp(field[0], "end") == 0) {
        r->end_n++;
    }
}

static bool check(const struct reader *r, const char *file, char *error, size_t size)
{
    bool whole = r->b->book.title[0] && (r->end_n || r->b->remark_n) && !r->b->book.failed;
    if (!whole)
        snprintf(error, size, "'%s' is no whole record of a machine: make it again (make census)",
                 file);
    return whole;
}

bool beside_read(struct beside *b, const char *file, char *error, size_t error_size)
{
    struct reader r = {.b = b};
    char line[512];
    memset(b, 0, sizeof *b);
    b->book.mode_first = MODE_S;
    b->book.mode_n = MODE_VS;
    b->book.mode_name[MODE_S] = "CPL0";
    b->book.mode_name[MODE_U] = "CPL3";
    b->book.resource_name = x86_names;
    FILE *f = fopen(file, "r");
    if (!f) {
        snprintf(error, error_size, "'%s': %s", file, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof line, f)) read_line(&r, line);
    fclose(f);
    b->book.tries = r.trial_n;
    free(r.usual);
    return check(&r, file, error, error_size);
}

void beside_free(struct beside *b)
{
    book_free(&b->book);
}
