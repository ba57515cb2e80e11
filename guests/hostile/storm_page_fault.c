/* Page faults of its own without a pause.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    u64 deadline = now() + ticks(20);
    paging_on();
    while (!passed(deadline)) check(attempt(load64, WINDOW, 0) == LOAD_PAGE, "load", 0);
    paging_off();
}
