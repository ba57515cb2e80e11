/* IPIs and remote fences to every hart number that a mask can name.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_IPI = 0x735049, SBI_RFENCE = 0x52464e43 };

void attack(void)
{
    for (u64 base = 1; base; base <<= 1)
        for (u64 mask = 1; mask; mask <<= 1) {
            u64 a[6] = {mask, base, RAM, PAGE_SIZE};
            check(sbi6(SBI_IPI, 0, a).error < 0, "send_ipi to hart base", base);
            check(sbi6(SBI_RFENCE, 1, a).error < 0, "sfence for hart base", base);
        }
}
