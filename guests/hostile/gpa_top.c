/* Loads from the last address that there is.
 * outcome: ended load from gpa 0xfffffffffffffff8 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0xfffffffffffffff8, 0x5555);
    check(false, "what came of it:", last.cause);
}
