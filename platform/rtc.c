#include "platform/rtc.h"
#include "platform/node.h"

#include <stdlib.h>

#define RTC_BASE 0x101000ull

enum {
    RTC_TIME_LOW = 0x00, /* a read latches the high half, a write sets both */
    RTC_TIME_HIGH = 0x04,
    RTC_ALARM_LOW = 0x08, /* a write sets the alarm with the high half written before */
    RTC_ALARM_HIGH = 0x0c,
    RTC_IRQ_ENABLED = 0x10,
    RTC_CLEAR_ALARM = 0x14,
    RTC_ALARM_STATUS = 0x18, /* 1 while the alarm is set */
    RTC_CLEAR_INTERRUPT = 0x1c,
    RTC_SIZE = 0x1000,
};

struct rtc {
    struct timebase timebase;
    struct irq_line irq;
    u64 epoch; /* ns */
    u32 time_high, alarm_high;
    u64 alarm; /* ns */
    bool armed, irq_enabled, irq_pending;
};

static u64 rtc_now(const struct rtc *r)
{
    return r->epoch + r->timebase.now(r->timebase.arg) * NS_PER_TICK;
}

static void update_irq(const struct rtc *r)
{
    irq_set(&r->irq, r->irq_enabled && r->irq_pending);
}

u64 rtc_deadline(const struct rtc *r)
{
    if (!r->armed) return NEVER;
    u64 now = rtc_now(r), ns = r->alarm > now ? r->alarm - now : 0;
    return deadline_after(r->timebase.now(r->timebase.arg),
                          ns / NS_PER_TICK + (ns % NS_PER_TICK != 0));
}

void rtc_update(struct rtc *r)
{
    if (!r->armed || rtc_now(r) < r->alarm) return;
    r->armed = false;
    r->irq_pending = true;
    update_irq(r);
}

static void set_alarm(struct rtc *r, u32 low)
{
    r->alarm = (u64)r->alarm_high << 32 | low;
    r->armed = true;
    rtc_update(r);
    r->timebase.replan(r->timebase.arg);
}

static u64 rtc_read(void *state, u64 offset, unsigned size)
{
    (void)size;
    struct rtc *r = state;
    switch (offset) {
    case RTC_TIME_LOW: {
        u64 now = rtc_now(r);
        r->time_high = (u32)(now >> 32);
        return (u32)now;
    }
    case RTC_TIME_HIGH: return r->time_high;
    case RTC_ALARM_LOW: return (u32)r->alarm;
    case RTC_ALARM_HIGH: return r->alarm >> 32;
    case RTC_IRQ_ENABLED: return r->irq_enabled;
    case RTC_ALARM_STATUS: return r->armed;
    default: return 0;
    }
}

static void rtc_write(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    struct rtc *r = state;
    switch (offset) {
    case RTC_TIME_LOW:
        r->epoch += ((u64)r->time_high << 32 | (u32)value) - rtc_now(r);
        rtc_update(r);
        r->timebase.replan(r->timebase.arg);
        break;
    case RTC_TIME_HIGH: r->time_high = (u32)value; break;
    case RTC_ALARM_LOW: set_alarm(r, (u32)value); break;
    case RTC_ALARM_HIGH: r->alarm_high = (u32)value; break;
    case RTC_IRQ_ENABLED: r->irq_enabled = value & 1; break;
    case RTC_CLEAR_ALARM: r->armed = false; break;
    case RTC_CLEAR_INTERRUPT: r->irq_pending = false; break;
    }
    update_irq(r);
}

static int rtc_describe(const struct device *d, void *fdt)
{
    const struct rtc *r = d->state;
    struct node n = node_begin_at(fdt, "rtc", d->base);
    node_string(&n, "compatible", "google,goldfish-rtc");
    node_reg(&n, d->base, d->size);
    node_interrupt(&n, &r->irq);
    return node_end(&n);
}

struct device rtc_device(struct rtc *r)
{
    return (struct device){.name = "rtc",
                           .base = RTC_BASE,
                           .size = RTC_SIZE,
                           .widths = 4,
                           .state = r,
                           .read = rtc_read,
                           .write = rtc_write,
                           .describe = rtc_describe};
}

struct rtc *rtc_new(u64 epoch, const struct timebase *timebase, struct irq_line irq)
{
    struct rtc *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->epoch = epoch;
    r->timebase = *timebase;
    r->irq = irq;
    return r;
}

void rtc_free(struct rtc *r)
{
    free(r);
}

void rtc_reset(struct rtc *r)
{
    r->armed = r->irq_enabled = r->irq_pending = false;
    update_irq(r);
}
