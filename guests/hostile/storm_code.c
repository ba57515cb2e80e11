/* Writes instructions and runs them, in two pages by turns.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { LI_A0 = 0x00000513, RET = 0x00008067 }; /* addi a0, x0, 0 */

void attack(void)
{
    static u32 code[2048] __attribute__((aligned(PAGE_SIZE)));
    u64 deadline = now() + ticks(20);
    for (u32 i = 0; !passed(deadline); i++) {
        u32 *at = &code[i % 2 * 1024 + i % 61];
        at[0] = LI_A0 | (i & 1023) << 20;
        at[1] = RET;
        __asm__ volatile("fence.i" ::: "memory");
        check(attempt((u64(*)(u64, u64))(u64)at, 0, 0) == NONE && last.value == (i & 1023), "code",
              i);
    }
}
