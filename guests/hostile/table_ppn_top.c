/* A leaf with every bit of its page number set.
 * outcome: ended load from gpa 0xfffffffffff000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    leaves[0] = ((BIT(44) - 1) << 10) | PTE_ALL;
    fence();
    attempt(load64, WINDOW, 0);
    check(false, "what came of it:", last.cause);
}
