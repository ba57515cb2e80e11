/* All of its PLIC, with every sort of value, claims and completions of what never came.
 * outcome: contained */
#include "guests/hostile/virtio.h"

#define PLIC 0xc000000ull

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 10000; i++) {
        u64 at = PLIC + (i % 3 ? random64() % 0x600000 : 0x200000 + random64() % 0x2000) / 4 * 4;
        put(at, 0, i & 1 ? nasty() : random64() % 64);
        get(at, 0);
        check(true, "", 0);
    }
    for (u64 source = 0; source < 64; source++) put(PLIC, 0x200004, source);
}
