/* Loads from the first address that Sv39x4 cannot translate.
 * outcome: ended load from gpa 0x20000000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x20000000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
