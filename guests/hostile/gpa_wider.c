/* Stores to its own address with a bit far above those that the G-stage looks at.
 * outcome: ended store to gpa 0x80000080000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x80000080000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
