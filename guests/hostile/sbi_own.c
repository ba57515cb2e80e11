/* The hypervisor's own extension: statistics of others, watching pages, collecting them, into every
 * place. A VM learns about itself alone, and gets it into its own memory or not at all.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x0a766d6d, FUNCTIONS = 8, DENIED = -4, INVALID_ADDRESS = -5, SELF = 0 };
enum { STATISTICS = 0, WATCH = 1, COLLECT = 2, ROOM = 4096 };

static s64 ask(u64 function, u64 whom, u64 a1, u64 a2)
{
    const u64 a[6] = {whom, a1, a2, RAM + 0x500000};
    return sbi6(EXTENSION, function, a).error;
}

void attack(void)
{
    const u64 end = RAM + RAM_SIZE;
    if (ask(STATISTICS, SELF, RAM + 0x500000, 0) == SBI_NOT_SUPPORTED) return;
    for (u64 size = 1; size <= ROOM; size *= 2)
        for (u64 over = 1; over <= size && over <= 64; over++) {
            *(volatile u64 *)(end - 8) = 1;
            s64 error = ask(STATISTICS, SELF, end - size + over, size);
            bool refused = error == INVALID_ADDRESS && *(volatile u64 *)(end - 8) == 1;
            check(refused || error == SBI_SUCCESS, "statistics across the end, size", size);
        }
    for (u64 other = 1; other < 100; other++) {
        if (ask(STATISTICS, other, RAM + 0x500000, 0) == SBI_SUCCESS) continue; /* its own number */
        check(ask(STATISTICS, other, RAM + 0x500000, ROOM) == DENIED, "statistics of", other);
        check(ask(WATCH, other, 1, 0) == DENIED, "watching", other);
        check(ask(COLLECT, other, 0, 0) == DENIED, "collecting of", other);
    }
    check(ask(WATCH, SELF, 1, 0) == DENIED, "watching itself", 0);
    check(ask(COLLECT, SELF, 0, 0) == DENIED, "collecting its own", 0);
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
