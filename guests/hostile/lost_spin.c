/* Masks all interrupts and loops for ever.
 * outcome: spins */
#include "guests/hostile/hostile.h"

void attack(void)
{
    csr_write(sie, 0);
    csr_clear(sstatus, 2);
    for (;;) __asm__ volatile("");
}
