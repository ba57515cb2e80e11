/* Loads from where the machine would have the configuration of PCIe.
 * outcome: ended load from gpa 0x30000000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(load64, 0x30000000, 0x5555);
    check(false, "what came of it:", last.cause);
}
