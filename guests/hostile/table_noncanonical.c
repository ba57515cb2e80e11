/* Virtual addresses whose upper bits are not copies of the highest that is translated.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    for (unsigned bit = 39; bit < 64; bit++) {
        u64 at = RAM | BIT(bit);
        check(attempt(load64, at, 0) == LOAD_PAGE, "load from", at);
        check(attempt(store64, at, 0) == STORE_PAGE, "store to", at);
        check(attempt(jump, at, 0) == FETCH_PAGE, "fetch from", at);
    }
    paging_off();
}
