/* Stores to the machine's CLINT, which could send an interrupt to M-mode.
 * outcome: ended store to gpa 0x2000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x2000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
