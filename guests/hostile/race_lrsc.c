/* Two harts of the VM that take turns on one of the machine's: each adds to one number with LR and
 * SC, and lets its slice end in between. What the other has stored meanwhile must not be lost, so
 * SC must fail then.
 * vcpus: 2
 * outcome: contained */
#include "guests/hostile/hostile.h"

static u64 number, done[2];
static volatile bool over, finished;

static bool increment(u64 spins)
{
    u64 value, failed;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(&number) : "memory");
    for (u64 i = 0; i < spins; i++) __asm__ volatile("");
    value++;
    __asm__ volatile("sc.d %0, %1, (%2)" : "=&r"(failed) : "r"(value), "r"(&number) : "memory");
    return !failed;
}

static void second(u64 hart)
{
    (void)hart;
    for (u64 i = 0; !over; i++) done[1] += increment(i * 37 % 1000);
    finished = true;
    for (;;) __asm__ volatile("wfi");
}

void attack(void)
{
    u64 deadline = now() + ticks(30);
    check(start_hart(1, second), "there is no second hart", 1);
    for (u64 i = 0; !passed(deadline); i++) done[0] += increment(i * 41 % 1000);
    over = true;
    while (!finished) continue;
    check(done[0] && done[1], "one of them did nothing", done[0]);
    check(number == done[0] + done[1], "lost:", done[0] + done[1] - number);
}
