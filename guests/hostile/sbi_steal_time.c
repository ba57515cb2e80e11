/* Steal time, which the hypervisor would write to memory that the guest names: in the hypervisor,
 * in devices, in others.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x535441, FUNCTIONS = 4 };

void attack(void)
{
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
