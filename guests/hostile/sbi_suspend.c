/* Suspends the whole VM, to go on where it has no memory.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_SUSP = 0x53555350 };

void attack(void)
{
    for (unsigned i = 0; i < 200; i++) {
        u64 a[6] = {1 + nasty() % 0x7fffffff, nasty(), nasty()};
        check(sbi6(SBI_SUSP, 0, a).error < 0, "suspend of type", a[0]);
    }
    sbi_hammer(SBI_SUSP, 1, 8, 50);
}
