/* Jumps into its emulated devices: a fetch access fault of its own.
 * outcome: contained */
#include "guests/hostile/virtio.h"

enum { FETCH_ACCESS = 1 };

void attack(void)
{
    static const u64 places[] = {0x10000000, 0x10000002, 0xc000000, 0xc200004, 0x10001000};
    needs_virtio();
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        check(attempt(jump, places[i], 0) == FETCH_ACCESS, "jump to", places[i]);
        check(attempt_user((u64(*)(u64, u64))places[i], 0, 0) == FETCH_ACCESS, "VU at", places[i]);
    }
}
