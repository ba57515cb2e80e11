/* A page of its own address space at which the machine has memory, but not for this guest.
 * outcome: ended load from gpa 0x83f00000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    leaves[3] = pte(0x83f00000, PTE_ALL);
    fence();
    attempt(load64, WINDOW + 3 * PAGE_SIZE, 0);
    check(false, "what came of it:", last.cause);
}
