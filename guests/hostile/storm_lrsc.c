/* LR and SC over a long time, through the ends of many slices: what is stored conditionally must
 * be what was there plus one.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static u64 counter;

static u64 increment(u64 spins, u64 unused)
{
    u64 value, failed;
    (void)unused;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(&counter) : "memory");
    for (u64 i = 0; i < spins; i++) __asm__ volatile("");
    value++;
    __asm__ volatile("sc.d %0, %1, (%2)" : "=&r"(failed) : "r"(value), "r"(&counter) : "memory");
    return !failed;
}

void attack(void)
{
    u64 deadline = now() + ticks(20), done = 0;
    while (!passed(deadline)) {
        done += increment(random64() % 20000, 0);
        check(counter == done, "counter", counter);
    }
}
