#include "platform/signature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

enum { LINE_ROOM = 2 * SIGNATURE_GRANULARITY_MAX + 1 };

/* The line of granularity bytes from pa on; memory counts as 0 from end on. */
static bool read_line(char *text, struct board *b, u64 pa, u64 end, unsigned granularity)
{
    u8 bytes[SIGNATURE_GRANULARITY_MAX] = {0};
    u64 left = end - pa;
    if (!board_read(b, pa, bytes, left < granularity ? left : granularity)) return false;
    for (unsigned k = granularity; k > 0; k--, text += 2) sprintf(text, "%02x", bytes[k - 1]);
    return true;
}

bool signature_write(FILE *out, struct board *b, u64 begin, u64 end, unsigned granularity)
{
    char text[LINE_ROOM];
    for (u64 pa = begin; pa < end; pa += granularity) {
        if (!read_line(text, b, pa, end, granularity)) return false;
        fprintf(out, "%s\n", text);
    }
    return fflush(out) == 0 && !ferror(out);
}

/* A reference, line by line. */
struct lines {
    FILE *file;
    char *text; /* getline's */
    size_t room;
    unsigned number;
};

/* The next line with something in it, without the white space at its end; "" at the end. */
static const char *next_line(struct lines *l)
{
    for (ssize_t n; l->number++, (n = getline(&l->text, &l->room, l->file)) >= 0;) {
        while (n > 0 && isspace((unsigned char)l->text[n - 1])) n--;
        l->text[n] = 0;
        if (n) return l->text;
    }
    return "";
}

static enum signature_match differ(struct signature_difference *d, u64 pa, unsigned line,
                                   const char *ours, const char *reference)
{
    d->pa = pa;
    d->line = line;
    snprintf(d->ours, sizeof d->ours, "%.*s", SIGNATURE_SHOWN, ours);
    snprintf(d->reference, sizeof d->reference, "%.*s", SIGNATURE_SHOWN, reference);
    return SIGNATURE_DIFFERENT;
}

static enum signature_match compare(struct lines *l, struct board *b, u64 pa, u64 end,
                                    struct signature_difference *d)
{
    char ours[LINE_ROOM];
    const char *reference = next_line(l);
    size_t digits = strlen(reference);
    if (!digits || digits % 2 || digits >= LINE_ROOM) return SIGNATURE_UNREADABLE;
    for (; pa < end; pa += digits / 2, reference = next_line(l)) {
        if (!read_line(ours, b, pa, end, (unsigned)digits / 2)) return SIGNATURE_UNREADABLE;
        if (strcasecmp(ours, reference) != 0) return differ(d, pa, l->number, ours, reference);
    }
    return *reference ? differ(d, pa, l->number, "", reference) : SIGNATURE_SAME;
}

enum signature_match signature_compare(FILE *reference, struct board *b, u64 begin, u64 end,
                                       struct signature_difference *d)
{
    struct lines l = {.file = reference};
    enum signature_match match = compare(&l, b, begin, end, d);
    free(l.text);
    return match;
}
