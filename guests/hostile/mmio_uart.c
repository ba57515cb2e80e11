/* All registers of its serial port with random bytes, in a loop and not.
 * outcome: contained */
#include "guests/hostile/virtio.h"

#define UART 0x10000000ull

void attack(void)
{
    needs_virtio();
    for (unsigned i = 0; i < 5000; i++) {
        u64 reg = random64() % 8;
        bool prints = reg == 0 && i % 64;
        if (!prints) *(volatile u8 *)(UART + reg) = (u8)random64();
        check(attempt(load8, UART + reg, 0) == NONE, "load from", reg);
    }
    *(volatile u8 *)(UART + 3) = 3;
    *(volatile u8 *)(UART + 4) = 0;
    print("\n");
}
