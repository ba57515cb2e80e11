/* Reads of all 4096 CSRs in VU-mode: only those of user mode may give a value.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (u32 csr = 0; csr < 4096; csr++) {
        u64 cause = attempt_word_user(csr_word(csr, CSRRS, 0), 0, 0);
        check(cause == ILLEGAL || (cause == NONE && !(csr >> 8 & 3)), "VU's read of CSR", csr);
    }
}
