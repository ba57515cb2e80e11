/* A page of its own address space that is the machine's CLINT.
 * outcome: ended store to gpa 0x2000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    leaves[0] = pte(0x2000000, PTE_ALL);
    fence();
    attempt(store64, WINDOW, 1);
    check(false, "what came of it:", last.cause);
}
