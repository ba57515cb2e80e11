/* Clears all of its memory, itself included: what is left is a jump to address 0.
 * outcome: ended fetch from gpa 0x0 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (volatile u64 *at = (u64 *)RAM;; at++) *at = 0;
}
