/* Breakpoints in VS-mode and VU-mode, wide and compressed.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EBREAK = 0x00100073, C_EBREAK = 0x9002 };

void attack(void)
{
    for (unsigned i = 0; i < 100; i++) {
        check(attempt_word(EBREAK, 0, 0) == BREAKPOINT, "ebreak in VS-mode", i);
        check(attempt_word_user(EBREAK, 0, 0) == BREAKPOINT, "ebreak in VU-mode", i);
        check(attempt_word(C_EBREAK, 0, 0) == BREAKPOINT, "c.ebreak in VS-mode", i);
        check(attempt_word_user(C_EBREAK, 0, 0) == BREAKPOINT, "c.ebreak in VU-mode", i);
    }
}
