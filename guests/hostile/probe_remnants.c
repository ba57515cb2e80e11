/* Sleeps until the neighbour has ended, and only then uses the rest of its own memory, which may
 * have been the neighbour's: it must not tell.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define NEIGHBOUR 0x6e65696768626f75ull /* guests/neighbour.c: its words are this ^ 0 .. 4095 */
enum { STIE = 32 };

static void sleep_until(u64 deadline)
{
    sbi_call(SBI_TIME, 0, deadline, 0, 0);
    csr_write(sie, STIE);
    while (!passed(deadline)) __asm__ volatile("wfi" ::: "memory");
    csr_write(sie, 0);
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
}

void attack(void)
{
    sleep_until(now() + ticks(100));
    for (u64 at = RAM + 0x400000; at < RAM + 0x600000; at += 8) {
        u64 word = *(volatile u64 *)at;
        check((word ^ NEIGHBOUR) >> 12 != 0, "the neighbour's word at", at);
        check(!word, "not zero at", at);
    }
}
