/* The legacy calls but those that print or end: set_timer, getchar, IPIs and fences whose hart
 * mask is in memory, at addresses of everybody.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SET_TIMER = 0, GETCHAR = 2, CLEAR_IPI, SEND_IPI, FENCE_I, SFENCE, SFENCE_ASID, SHUTDOWN };

void attack(void)
{
    for (u64 call = SET_TIMER; call < 16; call++)
        for (unsigned i = 0; i < 200 && call != 1 && call != SHUTDOWN; i++) {
            u64 a[6] = {nasty(), nasty(), nasty(), nasty(), nasty(), nasty()};
            s64 error = sbi6(call, nasty(), a).error;
            check(error <= 0xff && error >= SBI_ERROR_MIN, "legacy call", call);
        }
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
}
