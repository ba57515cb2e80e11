#include "hart/monitor.h"
#include "hart/host.h"

#include <sched.h>
#include <string.h>

u32 monitor_look(struct monitor *m, const u8 *host)
{
    enum { PATIENCE = 100 }; /* then its holder is likely to wait for this very core */
    const u32 *line = monitor_line(m, host);
    for (unsigned n = 0;; n++) {
        u32 version = __atomic_load_n(line, __ATOMIC_ACQUIRE);
        if (!(version & 1)) return version;
        if (n >= PATIENCE) sched_yield();
    }
}

bool monitor_take_line_at(struct monitor *m, const u8 *host, u32 version, u32 **line)
{
    u32 *at = monitor_line(m, host);
    bool taken = __atomic_compare_exchange_n(at, &version, version | 1, false, __ATOMIC_SEQ_CST,
                                             __ATOMIC_RELAXED);
    *line = taken ? at : NULL;
    return taken;
}

u32 *monitor_take_line(struct monitor *m, const u8 *host)
{
    u32 *line;
    while (!monitor_take_line_at(m, host, monitor_look(m, host), &line)) continue;
    return line;
}

/* AMO and SC order what is behind them as well. On x86 any locked instruction does that; elsewhere
 * an exclusive store lets a later load pass. */
static void order_what_follows(void)
{
#ifndef __x86_64__
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

void monitor_give_line(u32 *line)
{
    u32 version = __atomic_load_n(line, __ATOMIC_RELAXED);
    __atomic_store_n(line, version + 1, __ATOMIC_RELEASE);
    order_what_follows();
}

void monitor_pause(void)
{
    sched_yield();
}

/* ---- 16 bytes ---- */

/* Instructions, as compilers call a library for it, whose lock plain stores do not know. */
#ifdef __x86_64__
static u128 swap_shared(u128 *p, u128 old, u128 new_value)
{
    u64 low = (u64)old, high = (u64)(old >> 64);
    __asm__ volatile("lock cmpxchg16b %2"
                     : "+a"(low), "+d"(high), "+m"(*p)
                     : "b"((u64)new_value), "c"((u64)(new_value >> 64))
                     : "cc", "memory");
    return low | (u128)high << 64;
}
#elif defined __aarch64__
/* The pair that was read is known to be one only once it, or another, has been stored. */
static u128 swap_shared(u128 *p, u128 old, u128 new_value)
{
    u64 low, high, low_out, high_out, failed;
    __asm__ volatile(
        "1: ldaxp %0, %1, %5\n"
        "cmp %0, %6\n"
        "ccmp %1, %7, #0, eq\n"
        "csel %2, %8, %0, eq\n"
        "csel %3, %9, %1, eq\n"
        "stlxp %w4, %2, %3, %5\n"
        "cbnz %w4, 1b"
        : "=&r"(low), "=&r"(high), "=&r"(low_out), "=&r"(high_out), "=&r"(failed), "+Q"(*p)
        : "r"((u64)old), "r"((u64)(old >> 64)), "r"((u64)new_value), "r"((u64)(new_value >> 64))
        : "cc", "memory");
    return low | (u128)high << 64;
}
#else
static u128 swap_shared(u128 *p, u128 old, u128 new_value)
{
    __atomic_compare_exchange_n(p, &old, new_value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return old;
}
#endif

bool host_swap_u128(bool shared, u8 *host, u128 *old, u128 new_value)
{
    u128 expected = *old;
    if (shared)
        *old = swap_shared((u128 *)(void *)host, expected, new_value);
    else
        memcpy(old, host, sizeof *old);
    bool same = *old == expected;
    if (same && !shared) memcpy(host, &new_value, sizeof new_value);
    return same;
}
