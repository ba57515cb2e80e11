/* Asks for input that never comes, by both calls.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_GETCHAR = 2, DBCN_READ = 1 };

void attack(void)
{
    static char buffer[64];
    u64 deadline = now() + ticks(20);
    while (!passed(deadline)) {
        check(sbi_call(SBI_GETCHAR, 0, 0, 0, 0).error == -1, "getchar", 0);
        struct sbiret r = sbi_call(SBI_DBCN, DBCN_READ, sizeof buffer, (u64)buffer, 0);
        check(r.error == 0 && r.value == 0, "console_read", r.value);
    }
}
