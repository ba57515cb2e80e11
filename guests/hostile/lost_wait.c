/* Waits with every interrupt masked.
 * outcome: ended it waits for an interrupt that cannot come */
#include "guests/hostile/hostile.h"

void attack(void)
{
    csr_write(sie, 0);
    for (;;) __asm__ volatile("wfi");
}
