/* The base extension with arguments of all sorts.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    sbi_hammer(SBI_BASE, 0, 16, 50);
}
