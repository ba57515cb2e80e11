#include "census/group.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

static struct look look_at(const struct report *r, const struct row *row)
{
    const struct finding *f = &row_entry(row)->found;
    struct look look = {.control = is_control_sensitive(f),
                        .behaviour = is_behaviour_sensitive(f),
                        .swapped = f->swapped,
                        .csr = row_entry(row)->group == GROUP_CSR,
                        .resources = row_resources(row),
                        .knobs = row_knobs(r, row)};
    for (unsigned k = 0; k < r->book_n; k++)
        for (unsigned mode = 0; mode < MODE_N; mode++)
            look.letters[k][mode] = row_letter(r, row, k, mode);
    return look;
}

static bool same_letters(const struct look *a, const struct look *b)
{
    return memcmp(a->letters, b->letters, sizeof a->letters) == 0;
}

static bool same_look(const struct look *a, const struct look *b)
{
    return same_letters(a, b) && a->control == b->control && a->behaviour == b->behaviour &&
           a->swapped == b->swapped && a->csr == b->csr && a->resources == b->resources &&
           a->knobs == b->knobs;
}

/* "satp" of "csrrw satp" */
static const char *csr_of(const char *name)
{
    const char *space = strchr(name, ' ');
    return space ? space + 1 : name;
}

/* The item so far that the row is one more use of the same CSR to. */
static struct item *same_csr(const struct groups *g, const char *name, const struct look *look)
{
    for (size_t k = g->n; look->csr && k-- > 0;) {
        struct item *item = &g->item[k];
        if (item->look.csr && strcmp(csr_of(item->name), csr_of(name)) == 0 &&
            same_letters(&item->look, look))
            return item;
    }
    return NULL;
}

static void join(struct item *item, const struct look *look)
{
    const char *csr = csr_of(item->name);
    memmove(item->name, csr, strlen(csr) + 1);
    item->look.control |= look->control;
    item->look.behaviour |= look->behaviour;
    item->look.swapped |= look->swapped;
    item->look.resources |= look->resources;
    item->look.knobs |= look->knobs;
}

static void make_items(struct groups *g, const struct report *r)
{
    for (size_t k = 0; k < r->n; k++) {
        const struct entry *e = row_entry(&r->row[k]);
        struct look look = look_at(r, &r->row[k]);
        struct item *item = same_csr(g, e->name, &look);
        if (item) {
            join(item, &look);
        } else {
            item = &g->item[g->n++];
            *item = (struct item){.look = look};
            snprintf(item->name, sizeof item->name, "%s", e->name);
        }
        item->words += e->words;
    }
}

/* ---- groups ---- */

bool look_escapes(const struct look *look)
{
    return memchr(look->letters, '!', sizeof look->letters) != NULL;
}

bool look_is_sensitive(const struct look *look)
{
    return look->control || look->behaviour || look_escapes(look);
}

static unsigned rank(const struct look *look)
{
    return look_escapes(look) ? 0 : look_is_sensitive(look) ? 1 : 2;
}

/* Give the k-th item's group a number, if it has none. */
static void number_group(struct groups *g, size_t k)
{
    if (g->item[k].group) return;
    g->group_n++;
    for (size_t j = k; j < g->n; j++)
        if (same_look(&g->item[j].look, &g->item[k].look)) g->item[j].group = g->group_n;
}

bool groups_make(struct groups *g, const struct report *r)
{
    *g = (struct groups){.item = calloc(r->n ? r->n : 1, sizeof *g->item)};
    if (!g->item) return false;
    make_items(g, r);
    for (unsigned pass = 0; pass < 3; pass++)
        for (size_t k = 0; k < g->n; k++)
            if (rank(&g->item[k].look) == pass) number_group(g, k);
    for (size_t k = 0; k < g->n; k++) g->item[k].group--;
    return true;
}

void groups_free(struct groups *g)
{
    free(g->item);
}

const struct look *group_look(const struct groups *g, unsigned group)
{
    size_t k = 0;
    while (g->item[k].group != group) k++;
    return &g->item[k].look;
}

/* ---- names ---- */

struct range {
    char stem[32]; /* "": none under way */
    unsigned first, last;
};

static void end_range(struct range *r, void (*put)(void *, const char *), void *arg)
{
    char text[64];
    if (!r->stem[0]) return;
    if (r->first == r->last)
        snprintf(text, sizeof text, "%s%u", r->stem, r->first);
    else
        snprintf(text, sizeof text, "%s%u-%u", r->stem, r->first, r->last);
    r->stem[0] = 0;
    put(arg, text);
}

static void add_name(struct range *r, const char *name, void (*put)(void *, const char *),
                     void *arg)
{
    size_t stem = strlen(name);
    while (stem && isdigit((unsigned char)name[stem - 1])) stem--;
    unsigned number = (unsigned)strtoul(name + stem, NULL, 10);
    bool same = r->stem[0] && strlen(r->stem) == stem && !strncmp(r->stem, name, stem);
    if (same && name[stem] && number == r->last + 1) {
        r->last = number;
        return;
    }
    end_range(r, put, arg);
    if (!name[stem]) {
        put(arg, name);
        return;
    }
    snprintf(r->stem, sizeof r->stem, "%.*s", (int)stem, name);
    r->first = r->last = number;
}

void group_names(const struct groups *g, unsigned group, void (*put)(void *arg, const char *name),
                 void *arg)
{
    struct range range = {.stem = ""};
    for (size_t k = 0; k < g->n; k++)
        if (g->item[k].group == group) add_name(&range, g->item[k].name, put, arg);
    end_range(&range, put, arg);
}

/* ---- reasons ---- */

static bool told_before(const struct look *look, unsigned k)
{
    for (unsigned j = 0; j < k; j++)
        if ((look->knobs >> j & 1) && strcmp(knobs[j].why, knobs[k].why) == 0) return true;
    return false;
}

void look_reasons(const struct look *look, void (*put)(void *arg, const char *reason), void *arg)
{
    for (unsigned k = 0; k < KNOB_N; k++)
        if ((look->knobs >> k & 1) && !told_before(look, k)) put(arg, knobs[k].why);
    if (look->swapped)
        put(arg, "no VS CSR stands in: the hypervisor swaps it when it changes guests (22.2)");
}
