/* D: arithmetic in five rounding modes and conversions. */
#define FORMAT       "d"
#define FORMAT_FIELD "0x02000000"
#define WIDTH        64
#define TABLE        "fp_d.inc"
#include "fp.h"

TEST(moves_and_memory)
{
    SNIPPET(move, "fmv.d.x ft11, a0\nfmv.x.d a0, ft11");
    SNIPPET(load, "fld ft0, -8(a0)\nfmv.x.d a0, ft0");
    SNIPPET(store, "fmv.d.x fs0, a1\nfsd fs0, 8(a0)");
    static u64 memory[2];

    EXPECT_VALUE(run(M_MODE, move, 0x7ff0000000000001), 0x7ff0000000000001);
    memory[0] = 0xfff0000000000123;
    EXPECT_VALUE(run(M_MODE, load, &memory[1]), 0xfff0000000000123);
    EXPECT_RETURN(run(M_MODE, store, &memory[0], 0x1122334455667788));
    CHECK_EQ(memory[1], 0x1122334455667788);
}

/* The registers are 32 different ones. */
TEST(registers)
{
    SNIPPET(all, "fmv.d.x f0, a0\nfmv.d.x f31, a1\nfmv.d.x f15, a2\nfmv.x.d t0, f0\n"
                 "fmv.x.d t1, f31\nfmv.x.d t2, f15\nslli t1, t1, 8\nslli t2, t2, 16\n"
                 "or a0, t0, t1\nor a0, a0, t2");
    EXPECT_VALUE(run3(M_MODE, all, 1, 2, 3), 0x30201);
}
