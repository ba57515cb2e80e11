/* Writes of zero to all CSRs but satp in VS-mode, each undone by the next instruction.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    csr_write_all(0, "write of zero to CSR");
}
