/* Supervisor and user CSRs that no guest is told of, but that only Smstateen can close: what select
 * of Sscsrind and AIA, contexts of Sdtrig, jump tables of Zcmt. Each is not there, or begins at
 * zero and is this guest's own, over many slices beside another that does the same.
 * twin: other=1
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const struct {
    u32 number;
    u64 mine, others; /* values that such a CSR can hold */
} csrs[] = {
    {0x150, 0x31,   0x30  }, /* siselect: two of the interrupts' priorities */
    {0x5a8, 0x15,   0x2a  }, /* scontext */
    {0x017, 0x7fc0, 0x8000}, /* jvt */
};
enum { CSRS = sizeof csrs / sizeof *csrs, ROUNDS = 5000 };

static bool reads(unsigned i, u64 value)
{
    return attempt_word(csr_word(csrs[i].number, CSRRS, 0), 0, 0) == NONE && last.value == value;
}

void attack(void)
{
    u64 deadline = now() + ticks(25);
    bool there[CSRS];
    for (unsigned i = 0; i < CSRS; i++) {
        u64 mine = argument("other=", 0) ? csrs[i].others : csrs[i].mine;
        u64 cause = attempt_word(csr_word(csrs[i].number, CSRRS, 0), 0, 0);
        there[i] = cause == NONE;
        check(there[i] ? last.value == 0 : cause == ILLEGAL, "first read of CSR", csrs[i].number);
        if (!there[i]) continue;
        print("CSR 0x%x can be reached\n", (u64)csrs[i].number);
        check(attempt_word(csr_word(csrs[i].number, CSRRW, A1), 0, mine) == NONE && reads(i, mine),
              "its own value", csrs[i].number);
    }
    for (u64 round = 0; round < ROUNDS || !passed(deadline); round++)
        for (unsigned i = 0; i < CSRS; i++) {
            u64 mine = argument("other=", 0) ? csrs[i].others : csrs[i].mine;
            if (there[i]) check(reads(i, mine), "later its own value", csrs[i].number);
        }
}
