/* A trap vector whose first instruction traps: the guest traps for ever, and never leaves itself.
 * outcome: spins */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static const u32 nothing[4] __attribute__((aligned(16)));
    csr_write(stvec, (u64)nothing);
    ((void (*)(void))(u64)nothing)();
}
