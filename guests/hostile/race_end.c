/* All harts end their VM at the same time: one shuts down, one as after a failure, one by going
 * where there is no memory. It ends once.
 * vcpus: 3
 * harts: 2
 * outcome: once */
#include "guests/hostile/hostile.h"

static volatile u64 ready;

static void end_it(u64 hart)
{
    __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
    while (ready < 3) continue;
    if (hart == 1) load64(0x40000000, 0);
    shutdown(hart == 2);
}

void attack(void)
{
    for (u64 hart = 1; hart < 3; hart++) check(start_hart(hart, end_it), "there is no hart", hart);
    end_it(0);
}
