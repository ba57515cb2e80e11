/* A store of a floating-point register outside of its memory.
 * outcome: ended store to gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_word(0x00a53027, 0x80800000, 0); /* fsd fa0, 0(a0) */
    check(false, "what came of it:", last.cause);
}
