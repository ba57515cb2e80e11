/* --stats: what a hypervisor has counted of its VMs.
 *
 * It keeps the numbers in its own memory, from the symbol vmm_statistics of its ELF file on;
 * docs/vmm.md
 * ("Statistics") has the layout. They are read after the run, however that ended, so that they cost
 * it nothing. */
#ifndef PLATFORM_STATS_H
#define PLATFORM_STATS_H

#include "platform/board.h"
#include "platform/file.h"

#include <stdio.h>

/* Where the kernel keeps them. False, with a line on stderr, when it is none that does. */
bool stats_find(const struct file *kernel, u64 *pa);

/* Write them as JSON. False, with a line on stderr, when they are not there. */
bool stats_write(FILE *out, struct board *b, u64 pa);

#endif
