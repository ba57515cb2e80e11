/* F: arithmetic in five rounding modes, conversions, and what single precision is in a register of
 * 64 bits (NaN boxing). */
#define FORMAT       "s"
#define FORMAT_FIELD "0"
#define WIDTH        32
#define TABLE        "fp_s.inc"
#include "fp.h"

/* An operand that is not boxed counts as the canonical NaN. */
TEST(operands_that_are_not_boxed)
{
    static const u64 unboxed[] = {ONE, 0xfffffffe00000000 | ONE, 0x7fffffff00000000 | ONE};

    for (unsigned i = 0; i < 3; i++) {
        csr_write(fcsr, 0);
        note(i);
        EXPECT_VALUE(run(M_MODE, do_fadd, unboxed[i], BOX(ONE, 32)), BOX(NAN, 32));
        EXPECT_VALUE(run(M_MODE, do_fsgnj, unboxed[i], BOX(ONE, 32)), BOX(NAN, 32));
        EXPECT_VALUE(run(M_MODE, do_fsgnj, BOX(SIGN | ONE, 32), unboxed[i]), BOX(ONE, 32));
        EXPECT_VALUE(run(M_MODE, do_fclass, unboxed[i]), 1 << 9);
        EXPECT_VALUE(run(M_MODE, do_feq, unboxed[i], unboxed[i]), 0);
        EXPECT_VALUE(run(M_MODE, do_fmin, unboxed[i], BOX(ONE, 32)), BOX(ONE, 32));
        CHECK_EQ(csr_read(fflags), 0);
        EXPECT_VALUE(run(M_MODE, to_w, unboxed[i]), 0x7fffffff);
        CHECK_EQ(csr_read(fflags), NV);
    }
}

/* Moves and stores take the low bits as they are; moves in and loads box. */
TEST(moves_and_memory)
{
    FP_TO_X(move_out, "fmv.x.w a0, fa0");
    FP_FROM_X(move_in, "fmv.w.x fa0, a0");
    FP_FROM_X(load, "flw fa0, (a0)");
    SNIPPET(store, "fmv.d.x fa0, a1\nfsw fa0, (a0)");
    static u64 memory;

    EXPECT_VALUE(run(M_MODE, move_out, 0x1234567881828384), 0xffffffff81828384);
    EXPECT_VALUE(run(M_MODE, move_in, 0x1234567801020304), 0xffffffff01020304);
    memory = 0x1122334455667788;
    EXPECT_VALUE(run(M_MODE, load, &memory), 0xffffffff55667788);
    EXPECT_RETURN(run(M_MODE, store, &memory, 0x99aabbccddeeff00));
    CHECK_EQ(memory, 0x11223344ddeeff00);
}
