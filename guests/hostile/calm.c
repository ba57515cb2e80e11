/* No attack at all: what the others are compared with. It computes for a while.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    u64 deadline = now() + ticks(20), sum = 0;
    while (!passed(deadline)) sum += random64();
    check(sum != 0, "sum", sum);
}
