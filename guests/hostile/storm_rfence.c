/* Remote fences for any harts and any addresses, without a pause.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_RFENCE = 0x52464e43, FUNCTIONS = 7 };

void attack(void)
{
    u64 deadline = now() + ticks(20);
    for (u64 i = 0; !passed(deadline); i++) {
        u64 a[6] = {i % 2 ? 1 : nasty(), i % 3 ? 0 : nasty(), nasty(), nasty(), nasty(), 0};
        struct sbiret r = sbi6(SBI_RFENCE, i % FUNCTIONS, a);
        check(r.error <= SBI_SUCCESS && r.error >= SBI_ERROR_MIN, "rfence", i % FUNCTIONS);
    }
}
