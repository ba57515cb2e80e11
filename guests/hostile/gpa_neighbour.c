/* Loads from addresses at which the machine has memory, and this guest none.
 * outcome: ended load from gpa 0x81000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x81000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
