/* Writes of random and of boundary values to all CSRs but satp in VS-mode, again and again.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (unsigned i = 0; i < 5; i++) csr_write_all(nasty(), "write of something to CSR");
}
