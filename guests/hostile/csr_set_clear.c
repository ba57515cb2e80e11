/* csrrs, csrrc and their immediate forms on all 4096 CSRs, in VS-mode and VU-mode. With no bits to
 * change they are reads; with bits, a read-only CSR refuses them.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (u32 csr = 0; csr < 4096; csr++) {
        bool mine = (csr >> 8 & 3) <= 1, read_only = csr >> 10 == 3;
        u64 cause = attempt_word(csr_word(csr, CSRRC, 0), 0, 0);
        check(cause == ILLEGAL || (cause == NONE && mine), "csrrc of CSR", csr);
        if (!read_only) continue;
        check(attempt_word(csr_word(csr, CSRRSI, 1), 0, 0) == ILLEGAL, "csrrsi of CSR", csr);
        check(attempt_word_user(csr_word(csr, CSRRS, A1), 0, 1) == ILLEGAL, "csrrs of CSR", csr);
    }
}
