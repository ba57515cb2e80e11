/* The hypervisor's and the guest's twin CSRs by name, as an innocent nested hypervisor would probe
 * them: an illegal instruction each, never the virtual one (22), which would tell that there is
 * one above.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 csrs[] = {
    0x600, 0x602, 0x603, 0x604, 0x605, 0x606, 0x607, 0x60a, 0x60c, 0x60d, 0x60e,
    0x60f, 0x612, 0x643, 0x644, 0x645, 0x64a, 0x680, 0xe12, 0x200, 0x204, 0x205,
    0x240, 0x241, 0x242, 0x243, 0x244, 0x24d, 0x250, 0x251, 0x25c, 0x280,
};

void attack(void)
{
    for (unsigned i = 0; i < sizeof csrs / sizeof *csrs; i++) {
        check(attempt_word(csr_word(csrs[i], CSRRS, 0), 0, 0) == ILLEGAL, "read of CSR", csrs[i]);
        check(attempt_word(csr_word(csrs[i], CSRRW, A1), 0, nasty()) == ILLEGAL, "write to CSR",
              csrs[i]);
        check(attempt_word_user(csr_word(csrs[i], CSRRS, 0), 0, 0) == ILLEGAL, "VU's read of CSR",
              csrs[i]);
    }
}
