/* Jumps to wherever its own address space has nothing: its own page faults.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    for (unsigned i = 0; i < 500; i++) {
        u64 to = nasty() & ~1ull;
        if (to >= RAM && to < RAM + BIT(30)) continue; /* mapped */
        check(attempt(jump, to, 0) == FETCH_PAGE, "jump to", to);
        check(attempt_user((u64(*)(u64, u64))to, 0, 0) == FETCH_PAGE, "VU's start at", to);
    }
    paging_off();
}
