/* Stores through a null pointer.
 * outcome: ended store to gpa 0x0 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x0, 0x5555);
    check(false, "what came of it:", last.cause);
}
