/* In place of the translator, on hosts that it does not know (see the Makefile). */
#include "hart/jit/jit.h"
#include "hart/block.h"

bool jit_exists(void)
{
    return false;
}

void jit_run(struct hart *h, bool one)
{
    block_run(h, one);
}

void jit_drop(struct trace *list)
{
    (void)list;
}

void jit_free(struct hart *h)
{
    (void)h;
}
