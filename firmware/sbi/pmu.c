/* The SBI's PMU extension: firmware counters only, of what vmm does for a vCPU. Counters of the
 * hart are not passed through: they would tell a guest what its neighbours do. */
#include "firmware/sbi/sbi.h"

enum { EVENT_TYPE_SHIFT = 16, EVENT_TYPE_FIRMWARE = 15, CODE_MASK = 0xffff };
enum { CONFIG_SKIP_MATCH = 1, CONFIG_CLEAR = 2, CONFIG_START = 4 };
enum { START_SET_VALUE = 1, STOP_RESET = 1 };
#define INFO_FIRMWARE (BIT(63) | 63ull << 12) /* 64 bits wide */

static u64 value_of(const struct vcpu *v, const struct counter *c)
{
    return c->runs ? v->events[c->event] + c->value : c->value;
}

/* While a counter runs, `value` is what its event's number must be increased by. */
static void start(const struct vcpu *v, struct counter *c)
{
    c->value -= v->events[c->event];
    c->runs = true;
}

static void stop(const struct vcpu *v, struct counter *c)
{
    c->value = value_of(v, c);
    c->runs = false;
}

static bool read_set(u64 base, u64 mask, u64 *set)
{
    u64 all = BIT(PMU_COUNTERS) - 1;
    if (base >= PMU_COUNTERS || !mask || mask & ~(all >> base)) return false;
    *set = mask << base;
    return true;
}

static struct sbiret configure(struct vcpu *v, const u64 *a)
{
    u64 set, event = a[3] & CODE_MASK;
    if (!read_set(a[0], a[1], &set)) return sbi_invalid_param;
    if (a[3] >> EVENT_TYPE_SHIFT != EVENT_TYPE_FIRMWARE || event >= PMU_EVENTS)
        return sbi_not_supported;
    for (unsigned i = 0; i < PMU_COUNTERS; i++) {
        struct counter *c = &v->counters[i];
        if (!(set & BIT(i)) || c->runs || c->used != !!(a[2] & CONFIG_SKIP_MATCH)) continue;
        c->used = true;
        c->event = (u8)event;
        if (a[2] & CONFIG_CLEAR) c->value = 0;
        if (a[2] & CONFIG_START) start(v, c);
        return (struct sbiret){SBI_SUCCESS, i};
    }
    return sbi_not_supported;
}

static struct sbiret start_set(struct vcpu *v, const u64 *a)
{
    u64 set;
    struct sbiret r = sbi_success;
    if (!read_set(a[0], a[1], &set) || a[2] & ~(u64)START_SET_VALUE) return sbi_invalid_param;
    for (unsigned i = 0; i < PMU_COUNTERS; i++) {
        struct counter *c = &v->counters[i];
        if (!(set & BIT(i))) continue;
        if (!c->used) return sbi_invalid_param;
        if (a[2] & START_SET_VALUE && !c->runs) c->value = a[3];
        if (c->runs)
            r.error = SBI_ERR_ALREADY_STARTED;
        else
            start(v, c);
    }
    return r;
}

static struct sbiret stop_set(struct vcpu *v, const u64 *a)
{
    u64 set;
    struct sbiret r = sbi_success;
    if (!read_set(a[0], a[1], &set) || a[2] & ~(u64)STOP_RESET) return sbi_invalid_param;
    for (unsigned i = 0; i < PMU_COUNTERS; i++) {
        struct counter *c = &v->counters[i];
        if (!(set & BIT(i))) continue;
        if (c->runs)
            stop(v, c);
        else
            r.error = SBI_ERR_ALREADY_STOPPED;
        if (a[2] & STOP_RESET) c->used = false;
    }
    return r;
}

struct sbiret sbi_pmu(struct vcpu *v, u64 function, const u64 *a)
{
    switch (function) {
    case 0: return (struct sbiret){SBI_SUCCESS, PMU_COUNTERS};
    case 1:
        if (a[0] >= PMU_COUNTERS) return sbi_invalid_param;
        return (struct sbiret){SBI_SUCCESS, INFO_FIRMWARE};
    case 2: return configure(v, a);
    case 3: return start_set(v, a);
    case 4: return stop_set(v, a);
    case 5:
        if (a[0] >= PMU_COUNTERS || !v->counters[a[0]].used) return sbi_invalid_param;
        return (struct sbiret){SBI_SUCCESS, value_of(v, &v->counters[a[0]])};
    case 6: return a[0] < PMU_COUNTERS ? sbi_success : sbi_invalid_param; /* bits 127:64 */
    default: return sbi_not_supported;
    }
}
