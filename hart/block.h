/* The block engine: decoded basic blocks, run by threaded code over the software TLB. */
#ifndef HART_BLOCK_H
#define HART_BLOCK_H

#include "hart/state.h"

bool blocks_init(struct hart *h);
void blocks_free(struct hart *h);

/* Run blocks until the budget is spent or attention is wanted; with one set, a single block or,
 * where there is none to run, a single step. */
void block_run(struct hart *h, bool one);

/* The page with this host memory was written: drop its blocks. */
void blocks_drop_page(struct hart *h, const u8 *host_page);

#endif
