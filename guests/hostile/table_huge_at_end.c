/* A gigapage over its memory, used up to the end and one byte past it.
 * outcome: ended load from gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    for (u64 at = RAM; at < RAM + RAM_SIZE; at += PAGE_SIZE)
        check(attempt(load64, at, 0) == NONE, "its own memory", at);
    attempt(load64, RAM + RAM_SIZE, 0);
    check(false, "what came of it:", last.cause);
}
