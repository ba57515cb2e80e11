/* A page table behind its memory, for a fetch.
 * outcome: ended fetch from gpa 0x80800010 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    middle[0] = pte(RAM + RAM_SIZE, PTE_V);
    fence();
    attempt(jump, WINDOW + 2 * PAGE_SIZE, 0);
    check(false, "what came of it:", last.cause);
}
