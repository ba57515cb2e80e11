/* Writes to all 4096 CSRs in VU-mode: only those of floating point may take them.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { FFLAGS = 1, FRM, FCSR };

void attack(void)
{
    for (u32 csr = 0; csr < 4096; csr++) {
        bool float_csr = csr == FFLAGS || csr == FRM || csr == FCSR;
        u64 cause = attempt_word_user(csr_word(csr, CSRRW, A1), 0, 0);
        check(cause == ILLEGAL || (cause == NONE && float_csr), "VU's write to CSR", csr);
    }
}
