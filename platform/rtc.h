/* The real-time clock (Android's goldfish RTC): nanoseconds since 1970, with an alarm. */
#ifndef PLATFORM_RTC_H
#define PLATFORM_RTC_H

#include "platform/device.h"
#include "platform/timebase.h"

struct rtc;

enum { RTC_IRQ = 11 };

/* epoch: what the clock shows when the timebase shows 0, in ns since 1970. NULL when memory runs
 * out. */
struct rtc *rtc_new(u64 epoch, const struct timebase *timebase, struct irq_line irq);
void rtc_free(struct rtc *r);

/* No alarm and no interrupt; the clock goes on. */
void rtc_reset(struct rtc *r);

struct device rtc_device(struct rtc *r);

/* The first value of the timebase at which the alarm goes off; NEVER: it is not set. */
u64 rtc_deadline(const struct rtc *r);

/* Let the alarm go off if it is due. To be called at the deadline. */
void rtc_update(struct rtc *r);

#endif
