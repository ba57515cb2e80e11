/* Remote fences with hart masks beyond the VM and ranges that wrap.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { EXTENSION = 0x52464e43, FUNCTIONS = 10 };

void attack(void)
{
    sbi_hammer(EXTENSION, 0, FUNCTIONS, 300);
}
