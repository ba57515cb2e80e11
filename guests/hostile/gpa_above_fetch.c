/* Runs off the end of its memory.
 * outcome: ended fetch from gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(jump, 0x80800000, 0x5555);
    check(false, "what came of it:", last.cause);
}
