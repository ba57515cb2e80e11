/* Waits for a timer that it has set to never.
 * outcome: ended it waits for an interrupt that cannot come */
#include "guests/hostile/hostile.h"

void attack(void)
{
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
    csr_write(sie, 32);
    for (;;) __asm__ volatile("wfi");
}
