/* Performance counters: configured, started, read and sampled into memory, at random.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x504d55, FUNCTIONS = 10 };

void attack(void)
{
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
