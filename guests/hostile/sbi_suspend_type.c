/* Suspends its hart in all ways that do not exist.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { HART_SUSPEND = 3 };

void attack(void)
{
    /* Types 1 to 0x0fffffff and 0x80000001 to 0x8fffffff are reserved. */
    for (unsigned i = 0; i < 500; i++) {
        u64 a[6] = {1 + (nasty() & 0x7ffffff) + (i % 2 ? 0x80000000 : 0), nasty(), nasty()};
        check(sbi6(SBI_HSM, HART_SUSPEND, a).error < 0, "suspend of type", a[0]);
    }
}
