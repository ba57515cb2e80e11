/* The translated tier: blocks that run often become host code, made from the rows (hart/rows.def).
 * hart/jit/maker.h says how its parts fit together. */
#ifndef HART_JIT_JIT_H
#define HART_JIT_JIT_H

#include "hart/state.h"

struct trace;

/* Is there a translator for this host? */
bool jit_exists(void);

/* As block_run, with translated code for blocks that are hot. */
void jit_run(struct hart *h, bool one);

/* Drop a list of traces: their code is not entered again. */
void jit_drop(struct trace *list);

void jit_free(struct hart *h);

#endif
