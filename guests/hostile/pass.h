/* The machine's real-time clock (goldfish), which the attacks on devices that are given away get.
 */
#ifndef GUESTS_HOSTILE_PASS_H
#define GUESTS_HOSTILE_PASS_H

#include "guests/hostile/hostile.h"

#define RTC  0x101000ull
#define PLIC 0xc000000ull

enum {
    RTC_TIME = 0,
    RTC_TIME_HIGH = 4,
    RTC_ALARM = 8,
    RTC_ALARM_HIGH = 12,
    RTC_ENABLE = 16,
    RTC_CLEAR = 28
};
enum { PASS_IRQ = 11, PLIC_ENABLE = 0x2000, PLIC_CLAIM = 0x200004 };

static inline u32 get32(u64 address)
{
    return *(volatile u32 *)address;
}

static inline void put32(u64 address, u64 value)
{
    *(volatile u32 *)address = (u32)value;
}

/* Ends the attack where there is no such device; else the VM's PLIC lets its interrupt through. */
static inline void needs_clock(void)
{
    needs("google,goldfish-rtc");
    put32(PLIC + 4 * PASS_IRQ, 1);
    put32(PLIC + PLIC_ENABLE, 1 << PASS_IRQ);
}

/* The interrupt line rises now, and stays so until it is cleared. */
static inline void ring(void)
{
    put32(RTC + RTC_ENABLE, 1);
    put32(RTC + RTC_ALARM_HIGH, 0);
    put32(RTC + RTC_ALARM, 1);
}

#endif
