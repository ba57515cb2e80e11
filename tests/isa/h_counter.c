/* Counters under mcounteren, hcounteren and scounteren: every combination, from every mode
 * (H extension, "Hypervisor Counter-Enable Register"). */
#include "harness.h"

SNIPPET(read_cycle, "csrr a0, cycle");
SNIPPET(read_time, "csrr a0, time");
SNIPPET(read_instret, "csrr a0, instret");
SNIPPET(read_hpm3, "csrr a0, hpmcounter3");
SNIPPET(read_hpm31, "csrr a0, hpmcounter31");

struct counter {
    const u32 *read;
    unsigned bit;
};

static const struct counter counters[] = {
    {read_cycle,   0 },
    {read_time,    1 },
    {read_instret, 2 },
    {read_hpm3,    3 },
    {read_hpm31,   31}
};

static u64 expected_cause(enum mode mode, bool m, bool h, bool s)
{
    bool user = !(mode & 1), virtual = mode & 4;

    if (mode == M_MODE) return 0;
    if (!m) return ILLEGAL_INSTRUCTION;
    if (virtual) return h && (s || !user) ? 0 : VIRTUAL_INSTRUCTION;
    return s || !user ? 0 : ILLEGAL_INSTRUCTION;
}

static void check_counter(const struct counter *c, enum mode mode)
{
    u64 cause =
        expected_cause(mode, csr_read(mcounteren) >> c->bit & 1, csr_read(hcounteren) >> c->bit & 1,
                       csr_read(scounteren) >> c->bit & 1);
    struct trap t = run(mode, c->read);

    if (cause)
        EXPECT_TRAP(t, LEVEL_M, .cause = cause, .tval = BITS);
    else
        EXPECT_RETURN(t);
}

/* Bits of the enables may be read-only: what counts is what they read as. */
TEST(every_combination)
{
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

    for (unsigned i = 0; i < 5; i++) {
        for (unsigned enables = 0; enables < 8; enables++) {
            u64 bit = BIT(counters[i].bit);

            csr_write(mcounteren, enables & 4 ? bit : 0);
            csr_write(hcounteren, enables & 2 ? bit : 0);
            csr_write(scounteren, enables & 1 ? bit : 0);
            for (unsigned j = 0; j < 5; j++) {
                note(i << 8 | enables << 4 | modes[j]);
                check_counter(&counters[i], modes[j]);
            }
        }
    }
}

/* CY, TM and IR are writable in a machine that has the counters to give. */
TEST(enables_are_writable)
{
    CHECK_EQ(csr_write_read(mcounteren, 7) & 7, 7);
    CHECK_EQ(csr_write_read(hcounteren, 7) & 7, 7);
    CHECK_EQ(csr_write_read(scounteren, 7) & 7, 7);
    CHECK_EQ(csr_write_read(hcounteren, 0) & 7, 0);
}

/* The counters are read-only below M: a write is illegal, not virtual. */
TEST(writes)
{
    SNIPPET(write_cycle, "csrw cycle, a0");
    csr_write(mcounteren, ~0ull);
    EXPECT_TRAP(run(VS_MODE, write_cycle), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(VU_MODE, write_cycle), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, write_cycle), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, write_cycle), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* instret counts the guest's instructions like any other. */
TEST(instret_in_the_guest)
{
    SNIPPET(count_ten, "csrr t0, instret\n.rept 9\nnop\n.endr\ncsrr t1, instret\nsub a0, t1, t0");
    csr_write(mcounteren, 7);
    csr_write(hcounteren, 7);
    EXPECT_VALUE(run(VS_MODE, count_ten), 10);
    EXPECT_VALUE(run(S_MODE, count_ten), 10);
    EXPECT_VALUE(run(M_MODE, count_ten), 10);
}
