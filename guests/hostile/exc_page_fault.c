/* Page faults of each kind, in VS-mode and VU-mode: they are the guest's own, with the address
 * that failed.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static void expect(u64 cause, u64 wanted, const char *what, u64 address)
{
    check(cause == wanted && last.tval == address, what, address);
}

void attack(void)
{
    paging_on();
    for (u64 i = 0; i < 64; i++) {
        u64 at = WINDOW + (nasty() & 0x1ffff8);
        expect(attempt(load64, at, 0), LOAD_PAGE, "load", at);
        expect(attempt(store64, at, 0), STORE_PAGE, "store", at);
        expect(attempt(jump, at, 0), FETCH_PAGE, "fetch", at);
    }
    /* In VU-mode nothing of this can even be fetched. */
    expect(attempt_user(load64, WINDOW, 0), FETCH_PAGE, "VU's fetch", (u64)load64);
    paging_off();
}
