/* A load-reserved on a device that is not its own.
 * outcome: ended load from gpa 0x2000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_word(0x1005352f, 0x2000000, 0); /* lr.d a0, (a0) */
    check(false, "what came of it:", last.cause);
}
