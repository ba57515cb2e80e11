/* Stores to the end of the machine's memory, where the hypervisor takes what it hands out.
 * outcome: ended store to gpa 0x83fff000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    attempt(store64, 0x83fff000, 0x5555);
    check(false, "what came of it:", last.cause);
}
