/* Loads 8 bytes of which 4 lie in its memory and 4 behind it.
 * outcome: ended load from gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x807ffffc, 0x5555);
    check(false, "what came of it:", last.cause);
}
