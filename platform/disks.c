/* The --disk option. */
#define _GNU_SOURCE
#include "platform/message.h"
#include "platform/options.h"

#include <stdlib.h>
#include <string.h>

/* Take the word off the end of the text, if it is there behind a comma. */
static bool take_word_off(char *text, const char *word)
{
    size_t length = strlen(text), word_length = strlen(word);
    if (length <= word_length || strcmp(text + length - word_length, word) != 0) return false;
    if (text[length - word_length - 1] != ',') return false;
    text[length - word_length - 1] = 0;
    return true;
}

static void take_mode(struct disk_option *d)
{
    if (take_word_off(d->file, "readonly"))
        d->mode = DISK_READ_ONLY;
    else if (take_word_off(d->file, "snapshot"))
        d->mode = DISK_SNAPSHOT;
}

bool choose_disk(struct options *o, const char *value)
{
    if (o->disk_count == DISKS_MAX) return complain("more than %d --disk options", DISKS_MAX);
    struct disk_option *d = &o->disks[o->disk_count];
    d->file = strdup(value);
    if (!d->file) return complain("out of memory");
    o->disk_count++;
    take_mode(d);
    return *d->file ||
           complain("--disk takes FILE, FILE,readonly or FILE,snapshot; not '%s'", value);
}
