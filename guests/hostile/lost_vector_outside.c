/* A trap vector where it has no memory, and an illegal instruction.
 * outcome: ended fetch from gpa 0x100000 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    csr_write(stvec, 0x100000);
    __asm__ volatile(".word 0");
}
