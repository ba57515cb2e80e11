/* Finding translated code. */
#ifndef HART_JIT_FIND_H
#define HART_JIT_FIND_H

#include "hart/jit/maker.h"

/* May translated code run now? It knows neither pointer masking nor that data may be in another
 * space than code (MPRV), and wants steps left for a whole trace. */
static inline bool jit_ready(const struct hart *h)
{
    return h->budget >= TRACE_MAX && h->code == h->data && !h->code->space.pmlen;
}

/* The code for h->pc, entered into the context's table; NULL: there is none. */
const u8 *jit_find(struct hart *h);

#endif
