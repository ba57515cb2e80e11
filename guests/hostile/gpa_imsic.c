/* Stores to where machines have the interrupt files of supervisors.
 * outcome: ended store to gpa 0x28000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x28000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
