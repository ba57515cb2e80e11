/* Zeroes a cache block outside of its memory.
 * outcome: ended store to gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_word(0x0045200f, 0x80800000, 0); /* cbo.zero (a0) */
    check(false, "what came of it:", last.cause);
}
