/* Zfh (and with it Zfhmin): half precision. */
#define FORMAT       "h"
#define FORMAT_FIELD "0x04000000"
#define WIDTH        16
#define TABLE        "fp_h.inc"
#include "fp.h"

TEST(operands_that_are_not_boxed)
{
    static const u64 unboxed[] = {ONE, 0xffffffff00000000 | ONE, 0x7fffffffffff0000 | ONE};

    for (unsigned i = 0; i < 3; i++) {
        csr_write(fcsr, 0);
        note(i);
        EXPECT_VALUE(run(M_MODE, do_fadd, unboxed[i], BOX(ONE, 16)), BOX(NAN, 16));
        EXPECT_VALUE(run(M_MODE, do_fsgnj, BOX(SIGN | ONE, 16), unboxed[i]), BOX(ONE, 16));
        EXPECT_VALUE(run(M_MODE, do_fclass, unboxed[i]), 1 << 9);
        EXPECT_VALUE(run(M_MODE, do_fmax, unboxed[i], BOX(ONE, 16)), BOX(ONE, 16));
    }
}

TEST(moves_and_memory)
{
    FP_TO_X(move_out, "fmv.x.h a0, fa0");
    FP_FROM_X(move_in, "fmv.h.x fa0, a0");
    FP_FROM_X(load, "flh fa0, 2(a0)");
    SNIPPET(store, "fmv.d.x fa0, a1\nfsh fa0, 4(a0)");
    static u64 memory;

    EXPECT_VALUE(run(M_MODE, move_out, 0x1234567881828384), 0xffffffffffff8384);
    EXPECT_VALUE(run(M_MODE, move_in, 0x1234567801020304), 0xffffffffffff0304);
    memory = 0x1122334455667788;
    EXPECT_VALUE(run(M_MODE, load, &memory), 0xffffffffffff5566);
    EXPECT_RETURN(run(M_MODE, store, &memory, 0x99aabbccddeeff00));
    CHECK_EQ(memory, 0x1122ff0055667788);
}
