#include "census/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct entry *find(const struct book *b, const char *name, const struct finding *f)
{
    for (size_t k = b->n; k-- > 0;) {
        struct entry *e = &b->entry[k];
        if (strcmp(e->name, name) == 0 && same_outcomes(&e->found, f)) return e;
    }
    return NULL;
}

static struct entry *append(struct book *b)
{
    if (b->n == b->room) {
        size_t room = b->room ? 2 * b->room : 512;
        struct entry *bigger = realloc(b->entry, room * sizeof *bigger);
        if (!bigger) {
            b->failed = true;
            return NULL;
        }
        b->entry = bigger;
        b->room = room;
    }
    return &b->entry[b->n++];
}

struct entry *book_add(struct book *b, enum group group, const char *name, const struct finding *f)
{
    struct entry *e = is_reserved(f, b->mode_n) ? &b->reserved : find(b, name, f);
    if (e) {
        if (e != &b->reserved) finding_merge(&e->found, f);
        e->tried++;
        return e;
    }
    e = append(b);
    if (!e) return NULL;
    *e = (struct entry){.group = group, .tried = 1, .found = *f};
    snprintf(e->name, sizeof e->name, "%s", name);
    return e;
}

bool book_expects(const struct book *b, const char *name, const struct finding *f)
{
    if (is_reserved(f, b->mode_n)) return true;
    const struct entry *e = find(b, name, f);
    return e && within(f, &e->found);
}

void book_free(struct book *b)
{
    free(b->entry);
}

bool entry_escapes(const struct book *b, const struct entry *e)
{
    return b->hypervisor ? escapes_guest(&e->found) : escapes_user(&e->found);
}
