/* Hart states, of harts that it does not have, and starts of the one that runs.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { HART_START, HART_STOP, HART_GET_STATUS, HART_SUSPEND };

void attack(void)
{
    sbi_hammer(SBI_HSM, HART_START, HART_STOP, 1000);
    sbi_hammer(SBI_HSM, HART_GET_STATUS, HART_SUSPEND, 1000);
    sbi_hammer(SBI_HSM, HART_SUSPEND + 1, 16, 50);
    u64 a[6] = {0, 0, 0, 0, 0, 0};
    check(sbi6(SBI_HSM, HART_START, a).error < 0, "start of itself", 0);
    for (u64 hart = 1; hart; hart <<= 1) {
        a[0] = hart;
        check(sbi6(SBI_HSM, HART_GET_STATUS, a).error < 0, "status of hart", hart);
        check(sbi6(SBI_HSM, HART_START, a).error < 0, "start of hart", hart);
    }
}
