/* Firmware features, of all numbers and with all values.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x46574654, FUNCTIONS = 4 };

void attack(void)
{
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
