/* An AMO on a device that is not its own.
 * outcome: ended store to gpa 0x2000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_word(0x00b5352f, 0x2000000, 1); /* amoadd.d a0, a1, (a0) */
    check(false, "what came of it:", last.cause);
}
