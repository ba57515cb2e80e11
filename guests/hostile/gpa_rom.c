/* Fetches from the machine's boot ROM.
 * outcome: ended fetch from gpa 0x1000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(jump, 0x1000, 0x5555);
    check(false, "what came of it:", last.cause);
}
