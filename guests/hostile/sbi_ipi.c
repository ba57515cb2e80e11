/* Interrupts to harts beyond the VM.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x735049, FUNCTIONS = 4 };

void attack(void)
{
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
