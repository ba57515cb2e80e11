/* Loads what lies just below its memory.
 * outcome: ended load from gpa 0x7ffffff8 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x7ffffff8, 0x5555);
    check(false, "what came of it:", last.cause);
}
