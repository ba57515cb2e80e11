/* Jumps to odd addresses and returns to odd ones: the lowest bit is ignored.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static u64 target(u64 a, u64 b)
{
    return a + b;
}

void attack(void)
{
    for (unsigned i = 0; i < 100; i++) {
        check(attempt(jump, (u64)target | 1, 0) == NONE, "jump", i);
        csr_write(sepc, (u64)target | 1);
        check((csr_read(sepc) & 1) == 0, "sepc", csr_read(sepc));
    }
}
