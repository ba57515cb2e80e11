/* A device of its own that it sets up to ring when it is no more itself, with nobody to make it
 * stop: who comes after it must have peace.
 * words: vmm.pass=rtc@101000
 * outcome: contained */
#include "guests/hostile/pass.h"

void attack(void)
{
    enum { NS_PER_MS = 1000000 };
    needs_clock();
    u64 low = get32(RTC + RTC_TIME),
        alarm = ((u64)get32(RTC + RTC_TIME_HIGH) << 32 | low) + NS_PER_MS;
    put32(RTC + RTC_ENABLE, 1);
    put32(RTC + RTC_ALARM_HIGH, alarm >> 32);
    put32(RTC + RTC_ALARM, alarm);
    check(get32(PLIC + PLIC_CLAIM) == 0, "it rings already", 0);
}
