/* A user program that loads from outside of the VM's memory, with no pages between.
 * outcome: ended load from gpa 0x80800000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt_user(load64, 0x80800000, 0);
    check(false, "what came of it:", last.cause);
}
