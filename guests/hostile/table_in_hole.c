/* A page table behind its memory, for a store.
 * outcome: ended store to gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    middle[0] = pte(RAM + RAM_SIZE, PTE_V);
    fence();
    attempt(store64, WINDOW, 0);
    check(false, "what came of it:", last.cause);
}
