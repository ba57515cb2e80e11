/* Waits, each time for as short a time as can be, and with an interrupt pending already.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SSIP = 2, STIE = 32 };

void attack(void)
{
    u64 deadline = now() + ticks(20);
    for (u64 i = 0; !passed(deadline); i++) {
        sbi_call(SBI_TIME, 0, now() + i % 4, 0, 0);
        csr_write(sie, i & 1 ? STIE | SSIP : STIE);
        if (i % 3 == 0) csr_set(sip, SSIP);
        __asm__ volatile("wfi" ::: "memory");
        csr_clear(sip, SSIP);
    }
    csr_write(sie, 0);
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
    check(true, "", 0);
}
