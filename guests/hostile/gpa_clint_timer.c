/* Stores to the firmware's timer comparison in the CLINT.
 * outcome: ended store to gpa 0x2004000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x2004000, 0x5555);
    check(false, "what came of it:", last.cause);
}
