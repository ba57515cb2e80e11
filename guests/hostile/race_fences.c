/* Four harts on two that ask each other for fences and interrupts at the same time, without a
 * pause: all go on, and each call is answered.
 * vcpus: 4
 * harts: 2
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_IPI = 0x735049, SBI_RFENCE = 0x52464e43, HARTS = 4, ALL = 15 };

static u64 done[HARTS], refused;
static volatile bool over;
static volatile u64 finished;

static void storm(u64 hart)
{
    while (!over) {
        s64 error = sbi_call(SBI_RFENCE, done[hart] % 3, ALL, 0, 0).error;
        error |= sbi_call(SBI_IPI, 0, ALL, 0, 0).error;
        if (error) __atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
        done[hart]++;
    }
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
    while (hart) __asm__ volatile("wfi");
}

static void watch_clock(u64 hart)
{
    u64 deadline = now() + ticks(20);
    while (!passed(deadline)) sbi_call(SBI_RFENCE, 1, ALL, 0, 0);
    over = true;
    storm(hart);
}

void attack(void)
{
    for (u64 hart = 1; hart < HARTS - 1; hart++)
        check(start_hart(hart, storm), "there is no hart", hart);
    for (u64 until = now() + ticks(1); !passed(until);) continue; /* they have read what to do */
    check(start_hart(HARTS - 1, watch_clock), "there is no hart", HARTS - 1);
    storm(0);
    while (finished < HARTS) continue;
    check(!refused, "calls refused:", refused);
    for (u64 hart = 0; hart < HARTS - 1; hart++) check(done[hart] > 10, "did little:", hart);
}
