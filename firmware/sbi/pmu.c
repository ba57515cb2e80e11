/* The SBI's PMU extension: a vCPU's own cycles and instructions, and what vmm does for it. Counters
 * of the hart are not passed through: they would tell a guest what its neighbours do.
 *
 * Counter n has the CSR 0xc00 + n. 0 counts cycles, 2 instructions, 1 would be time; the others
 * what vmm does. */
#include "firmware/sbi/sbi.h"

enum { TYPE_SHIFT = 16, TYPE_HARDWARE = 0, TYPE_FIRMWARE = 15, CODE_MASK = 0xffff };
enum { CONFIG_SKIP_MATCH = 1, CONFIG_CLEAR = 2, CONFIG_START = 4 };
enum { START_SET_VALUE = 1, STOP_RESET = 1, ALL = 0xfd };
#define INFO(n) ((n) < PMU_FIXED ? 63ull << 12 | (0xc00 + (n)) : BIT(63) | 63ull << 12)

u64 sbi_counter(const struct vcpu *v, unsigned n)
{
    const struct counter *c = &v->counters[n];
    return c->value + (c->runs ? v->events[c->event] : 0);
}

/* While a counter runs, `value` is what its event's number must be increased by. */
static void set_running(const struct vcpu *v, struct counter *c, bool runs)
{
    c->value += runs ? 0 - v->events[c->event] : v->events[c->event];
    c->runs = runs;
}

static bool read_set(u64 base, u64 mask, u64 *set)
{
    *set = mask << base % PMU_COUNTERS;
    return base < PMU_COUNTERS && mask && mask < BIT(PMU_COUNTERS) && !(*set & ~(u64)ALL);
}

/* The place in struct vcpu's events, PMU_EVENTS if this is not counted. */
static unsigned find_event(u64 event)
{
    u64 type = event >> TYPE_SHIFT, code = event & CODE_MASK;
    if (type == TYPE_FIRMWARE && code < PMU_CYCLES) return (unsigned)code;
    if (type == TYPE_HARDWARE && (code == 1 || code == 2) && host.instret)
        return PMU_CYCLES + (unsigned)code - 1;
    return PMU_EVENTS;
}

static bool can_count(unsigned counter, unsigned event)
{
    return event < PMU_CYCLES ? counter >= PMU_FIXED : counter == 2 * (event - PMU_CYCLES);
}

static struct sbiret configure(struct vcpu *v, const u64 *a)
{
    u64 set;
    unsigned event = find_event(a[3]);
    if (!read_set(a[0], a[1], &set)) return sbi_invalid_param;
    for (unsigned i = 0; i < PMU_COUNTERS && event < PMU_EVENTS; i++) {
        struct counter *c = &v->counters[i];
        if (!(set & BIT(i)) || c->runs || c->used != !!(a[2] & CONFIG_SKIP_MATCH)) continue;
        if (!can_count(i, event)) continue;
        c->used = true;
        c->event = (u8)event;
        if (a[2] & CONFIG_CLEAR) c->value = 0;
        if (a[2] & CONFIG_START) set_running(v, c, true);
        return (struct sbiret){SBI_SUCCESS, i};
    }
    return sbi_not_supported;
}

static struct sbiret start_or_stop(struct vcpu *v, const u64 *a, bool start)
{
    u64 set;
    struct sbiret r = sbi_success;
    if (!read_set(a[0], a[1], &set) || a[2] > 1) return sbi_invalid_param;
    for (unsigned i = 0; i < PMU_COUNTERS; i++) {
        struct counter *c = &v->counters[i];
        if (!(set & BIT(i))) continue;
        if (start && !c->used) return sbi_invalid_param;
        if (start && !c->runs && (a[2] & START_SET_VALUE)) c->value = a[3];
        if (c->runs == start)
            r.error = start ? SBI_ERR_ALREADY_STARTED : SBI_ERR_ALREADY_STOPPED;
        else
            set_running(v, c, start);
        if (!start && (a[2] & STOP_RESET)) c->used = false;
    }
    return r;
}

/* Function 5 and 6 read a counter of vmm's events, its lower and its upper half of 128 bits. */
struct sbiret sbi_pmu(struct vcpu *v, u64 function, const u64 *a)
{
    bool is_one = a[0] < PMU_COUNTERS && (ALL & BIT(a[0]));
    switch (function) {
    case 0: return (struct sbiret){SBI_SUCCESS, PMU_COUNTERS};
    case 1: return is_one ? (struct sbiret){SBI_SUCCESS, INFO(a[0])} : sbi_invalid_param;
    case 2: return configure(v, a);
    case 3:
    case 4: return start_or_stop(v, a, function == 3);
    case 5:
        if (!is_one || a[0] < PMU_FIXED || !v->counters[a[0]].used) return sbi_invalid_param;
        return (struct sbiret){SBI_SUCCESS, sbi_counter(v, (unsigned)a[0])};
    case 6: return is_one && a[0] >= PMU_FIXED ? sbi_success : sbi_invalid_param;
    default: return sbi_not_supported;
    }
}
