/* Debug triggers, which could watch addresses of others: for the guest there are none.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 csrs[] = {0x7a0, 0x7a1, 0x7a2, 0x7a3, 0x7a4, 0x7a5, 0x7a8, 0x7b0, 0x7b1};

void attack(void)
{
    for (unsigned i = 0; i < sizeof csrs / sizeof *csrs; i++) {
        check(attempt_word(csr_word(csrs[i], CSRRS, 0), 0, 0) == ILLEGAL, "read of CSR", csrs[i]);
        check(attempt_word(csr_word(csrs[i], CSRRW, A1), 0, ~0ull) == ILLEGAL, "write", csrs[i]);
    }
}
