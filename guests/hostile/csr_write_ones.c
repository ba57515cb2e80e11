/* Writes of all ones to all CSRs but satp in VS-mode, each undone by the next instruction.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    csr_write_all(~0ull, "write of all ones to CSR");
}
