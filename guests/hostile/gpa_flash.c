/* Fetches from where the machine has flash.
 * outcome: ended fetch from gpa 0x20000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(jump, 0x20000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
