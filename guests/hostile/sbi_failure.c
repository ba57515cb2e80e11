/* Reports a system failure: its own.
 * outcome: ended shut down after a failure */
#include "guests/hostile/hostile.h"

void attack(void)
{
    sbi_call(SBI_SRST, 0, 0, 1, 0);
    print("still there\n");
    for (;;) __asm__ volatile("wfi");
}
