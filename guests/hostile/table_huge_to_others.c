/* A gigapage that maps far more than its memory.
 * outcome: ended load from gpa 0xc0000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    root[1] = pte(0xc0000000, PTE_ALL);
    fence();
    attempt(load64, WINDOW, 0);
    check(false, "what came of it:", last.cause);
}
