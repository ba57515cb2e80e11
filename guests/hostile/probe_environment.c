/* All bits of senvcfg, one by one: what it does not offer stays zero, and what it does is this
 * guest's own.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { CBIE = 3 << 4 }; /* a field of two bits, of which 10 is reserved */

void attack(void)
{
    u64 before = csr_read(senvcfg);
    for (unsigned bit = 0; bit < 64; bit++) {
        csr_write(senvcfg, BIT(bit));
        u64 got = csr_read(senvcfg);
        check((got & ~BIT(bit)) == 0 || (got | BIT(bit)) == CBIE, "senvcfg", got);
        check(attempt_user(load64, RAM, 0) == NONE, "VU's load", bit);
    }
    csr_write(senvcfg, before);
}
