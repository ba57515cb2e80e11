/* The block engine: decoded basic blocks, run by threaded code over the software TLB. */
#ifndef HART_BLOCK_H
#define HART_BLOCK_H

#include "hart/state.h"

struct trace; /* hart/jit/ */

/* Instructions of a block, and rows of a trace: no more. */
enum { BLOCK_MAX = 64 };

struct block {
    const u8 *host; /* memory of its first byte */
    struct block *hash_next, *page_next;
    struct trace *traces; /* translations that begin here */
    s64 heat;             /* runs to go until it is to be translated; none left when not positive */
    u16 n;                /* instructions that count: all but the OP_END or OP_PUNT after them */
    struct block **link;  /* where instruction k (n: the end) goes on this page; behind insn[n] */
    struct insn insn[];
};

bool blocks_init(struct hart *h);
void blocks_free(struct hart *h);

/* The block at h->pc, made if need be; NULL: the stepper must find out why there is none. */
struct block *block_find(struct hart *h);

/* The block that begins at this host memory, if there is one; and how often one has been run. */
struct block *block_at(const struct hart *h, const u8 *host);
u64 block_runs(const struct hart *h, const struct block *b);

/* Run blocks until the budget is spent or attention is wanted; with one set, a single block or,
 * where there is none to run, a single step. */
void block_run(struct hart *h, bool one);

/* The same, but only as far as links between blocks lead, and not into a block that has become hot.
 */
void block_run_linked(struct hart *h, bool one);

/* Execute an instruction that is no jump over the software TLB; PUNT: nothing has happened, it is
 * the stepper's. */
enum status block_row(struct hart *h, const struct insn *i);

/* The page with this host memory was written: drop its blocks and what was made from them. */
void blocks_drop_page(struct hart *h, const u8 *host_page);
void blocks_drop_all(struct hart *h);

/* FENCE.I: with a monitor, blocks of a page that has changed are not to run any more. */
void blocks_fence(struct hart *h);

/* The bytes that the blocks of a page have been made from, once there are some. */
const u8 *blocks_page_bytes(const struct hart *h, const u8 *host_page);

#endif
