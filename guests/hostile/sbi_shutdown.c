/* Shuts itself down by the legacy call: itself alone.
 * outcome: ended shut down */
#include "guests/hostile/hostile.h"

enum { LEGACY_SHUTDOWN = 8 };

void attack(void)
{
    sbi_call(LEGACY_SHUTDOWN, 0, 0, 0, 0);
    print("still there\n");
    for (;;) __asm__ volatile("wfi");
}
