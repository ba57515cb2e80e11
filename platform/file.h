/* Whole files in memory. */
#ifndef PLATFORM_FILE_H
#define PLATFORM_FILE_H

#include "hart/types.h"

struct file {
    const char *name;
    u8 *data;
    u64 size;
};

/* Read all of a file (or pipe). name is kept by reference. False, with a line on stderr that begins
 * with what ("kernel"), when it cannot be read or is empty. */
bool file_read(struct file *f, const char *what, const char *name);
void file_free(struct file *f);

#endif
