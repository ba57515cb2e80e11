/* A compressed load outside of its memory.
 * outcome: ended load from gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_word(0x6108, 0x80800000, 0); /* c.ld a0, 0(a0) */
    check(false, "what came of it:", last.cause);
}
