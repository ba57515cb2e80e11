/* Calls without end, until the stack has run out of its memory at the lower end.
 * outcome: ended store to gpa 0x7ffffff0 */
#include "guests/hostile/hostile.h"

void attack(void)
{
    __asm__ volatile("li sp, 0x80001000\n1: addi sp, sp, -16\nsd ra, 0(sp)\nj 1b" ::: "memory");
}
