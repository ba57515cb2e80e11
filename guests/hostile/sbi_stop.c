/* Stops the only hart that it has.
 * outcome: ended stopped its last hart */
#include "guests/hostile/hostile.h"

enum { HART_STOP = 1 };

void attack(void)
{
    sbi_call(SBI_HSM, HART_STOP, 0, 0, 0);
    print("still there\n");
    for (;;) __asm__ volatile("wfi");
}
