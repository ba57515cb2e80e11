/* Stores to the machine's test finisher what would end the run.
 * outcome: ended store to gpa 0x100000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x100000, 0x5555);
    check(false, "what came of it:", last.cause);
}
