/* Instructions that come to the hypervisor as virtual ones, without a pause.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { HFENCE_GVMA = 0x62000073, HGATP = 0x680 };

void attack(void)
{
    u64 deadline = now() + ticks(20);
    while (!passed(deadline)) {
        check(attempt_word(HFENCE_GVMA, 0, 0) == ILLEGAL, "hfence.gvma", 0);
        check(attempt_word(csr_word(HGATP, CSRRW, A1), 0, nasty()) == ILLEGAL, "hgatp", 0);
    }
}
