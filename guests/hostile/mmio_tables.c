/* Page tables in its emulated devices: the access that wants them fails, with an access fault of
 * its own.
 * outcome: contained */
#include "guests/hostile/virtio.h"

void attack(void)
{
    static const u64 places[] = {0x10000000, 0xc000000, 0xc201000, 0x10001000, 0x10003000};
    needs_virtio();
    paging_on();
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        middle[3] = pte(places[i], PTE_V);
        fence();
        u64 at = WINDOW + 3 * BIT(21);
        check(attempt(load64, at, 0) == LOAD_ACCESS, "load by a table at", places[i]);
        check(attempt(store64, at, 0) == STORE_ACCESS, "store by a table at", places[i]);
        check(attempt(jump, at, 0) == 1, "fetch by a table at", places[i]);
    }
    paging_off();
}
