/* Reads of all 4096 CSRs in VS-mode: each gives a value or is an illegal instruction; those of
 * M-mode, of the hypervisor and of debug mode never give one.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (u32 csr = 0; csr < 4096; csr++) {
        u64 cause = attempt_word(csr_word(csr, CSRRS, 0), 0, 0);
        bool mine = (csr >> 8 & 3) <= 1;
        check(cause == ILLEGAL || (cause == NONE && mine), "read of CSR", csr);
    }
}
