/* Writes to stimecmp, or the SBI's timer, of the past, the future and never, as fast as it can.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    enum { STIMECMP = 0x14d };
    u64 deadline = now() + ticks(20);
    for (u64 i = 0; !passed(deadline); i++) {
        u64 at = i % 3 == 0 ? 0 : i % 3 == 1 ? ~0ull : now() + random64() % 1000;
        u64 cause = attempt_word(csr_word(STIMECMP, CSRRW, A1), 0, at);
        check(cause == NONE || cause == ILLEGAL, "stimecmp", at);
        check(sbi_call(SBI_TIME, 0, at, 0, 0).error == SBI_SUCCESS, "set_timer", at);
    }
}
