/* A user program that never comes back, with no interrupt to end it.
 * outcome: spins */
#include "guests/hostile/hostile.h"

static u64 forever(u64 a, u64 b)
{
    do __asm__ volatile("");
    while (a == b);
    return a;
}

void attack(void)
{
    csr_write(sie, 0);
    attempt_user(forever, 0, 0);
}
