/* All counters, of which a guest has time alone, unless they are its own: instret must then not
 * jump by what others do.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { CYCLE = 0xc00, TIME, INSTRET, COUNTERS = 32 };

void attack(void)
{
    for (u32 i = 0; i < COUNTERS; i++) {
        u64 cause = attempt_word(csr_word(CYCLE + i, CSRRS, 0), 0, 0);
        if (CYCLE + i == TIME)
            check(cause == NONE, "time", last.value);
        else
            check(cause == ILLEGAL || cause == NONE, "counter", i);
    }
    u64 before = now();
    for (unsigned i = 0; i < 100000; i++) {
        u64 after = now();
        check(after >= before, "time went back to", after);
        before = after;
    }
}
