/* A page table in the machine's test finisher.
 * outcome: ended load from gpa 0x100000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    root[1] = pte(0x100000, PTE_V);
    fence();
    attempt(load64, WINDOW, 0);
    check(false, "what came of it:", last.cause);
}
