/* Calls a null pointer.
 * outcome: ended fetch from gpa 0x0 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(jump, 0x0, 0x5555);
    check(false, "what came of it:", last.cause);
}
