/* Stores just above its memory, where the machine has more.
 * outcome: ended store to gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x80800000, 0x5555);
    check(false, "what came of it:", last.cause);
}
