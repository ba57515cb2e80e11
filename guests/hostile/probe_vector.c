/* Vector instructions and CSRs, the state of which is not switched: there are none.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x0c0572d7, /* vsetvli t0, a0, e8 */
    0x02050007, /* vle8.v v0, (a0) */
    0x02050027, /* vse8.v v0, (a0) */
    0x5e003057, /* vmv.v.i v0, 0 */
};
static const u32 csrs[] = {0x008, 0x009, 0x00a, 0x00f, 0xc20, 0xc21, 0xc22};

void attack(void)
{
    csr_set(sstatus, 3 << 9); /* VS = Dirty */
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        check(attempt_word(words[i], RAM, 0) == ILLEGAL, "vector instruction", words[i]);
    for (unsigned i = 0; i < sizeof csrs / sizeof *csrs; i++)
        check(attempt_word(csr_word(csrs[i], CSRRS, 0), 0, 0) == ILLEGAL, "vector CSR", csrs[i]);
}
