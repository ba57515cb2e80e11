/* The debug console with random and boundary arguments.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    sbi_hammer(SBI_DBCN, 1, 2, 1000);
    sbi_hammer(SBI_DBCN, 3, 16, 50);
    /* What it may print, it prints: so only few of those. */
    for (unsigned i = 0; i < 50; i++) {
        u64 a[6] = {nasty() % 64, nasty(), i % 2 ? 0 : nasty(), nasty(), nasty(), nasty()};
        struct sbiret r = sbi6(SBI_DBCN, 0, a);
        check(r.error <= SBI_SUCCESS && r.error >= SBI_ERROR_MIN, "console_write", i);
    }
    print("\n");
}
