/* Behind the memory that it shares with another VM.
 * words: vmm.share=1
 * outcome: ended load from gpa 0x70200000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    load64(0x70200000 - 8, 0);
    load64(0x70200000, 0);
}
