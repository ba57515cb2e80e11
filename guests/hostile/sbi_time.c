/* The timer extension with random and boundary arguments.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    sbi_hammer(SBI_TIME, 0, 8, 500);
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
}
