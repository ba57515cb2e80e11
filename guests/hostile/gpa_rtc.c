/* Loads from the machine's clock.
 * outcome: ended load from gpa 0x101000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x101000, 0x5555);
    check(false, "what came of it:", last.cause);
}
