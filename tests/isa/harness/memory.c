/* What the compiler takes for granted even of a freestanding program. */
#include "bits.h"

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);

/* Or the loops below would be turned into calls of the functions that they are. */
#define LITERALLY __attribute__((optimize("no-tree-loop-distribute-patterns")))

LITERALLY void *memset(void *to, int byte, size_t n)
{
    u8 *bytes = to;

    for (size_t i = 0; i < n; i++) bytes[i] = (u8)byte;
    return to;
}

LITERALLY void *memcpy(void *to, const void *from, size_t n)
{
    u8 *bytes = to;

    for (size_t i = 0; i < n; i++) bytes[i] = ((const u8 *)from)[i];
    return to;
}
