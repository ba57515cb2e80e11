/* Waits for a store, by wrs.nto and wrs.sto, which none will make.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { WRS_NTO = 0x00d00073, WRS_STO = 0x01d00073 };

void attack(void)
{
    u64 deadline = now() + ticks(20);
    while (!passed(deadline)) {
        u64 cause = attempt_word(WRS_NTO, 0, 0);
        check(cause == NONE || cause == ILLEGAL, "wrs.nto", cause);
        cause = attempt_word(WRS_STO, 0, 0);
        check(cause == NONE || cause == ILLEGAL, "wrs.sto", cause);
        attempt_word_user(WRS_NTO, 0, 0);
    }
}
