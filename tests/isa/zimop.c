/* Zimop, Zcmop, Zihintntl: operations that may come to mean something, and hints. */
#include "harness.h"

/* Instructions of which there are many are put together here: `count` words and a return. */
static u32 made[8] __attribute__((aligned(8)));

static const u32 *make(const u32 *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) made[i] = words[i];
    made[count] = 0x00008067;
    __asm__ volatile("fence.i" ::: "memory");
    return made;
}

static u32 mop_r(u32 n, u32 rd, u32 rs1)
{
    u32 field = (n >> 4 & 1) << 30 | (n >> 2 & 3) << 26 | (n & 3) << 20;
    return 0x81c04073 | field | rs1 << 15 | rd << 7;
}

static u32 mop_rr(u32 n, u32 rd, u32 rs1, u32 rs2)
{
    u32 field = (n >> 2 & 1) << 30 | (n & 3) << 26;
    return 0x82004073 | field | rs2 << 20 | rs1 << 15 | rd << 7;
}

static const enum mode modes[] = {M_MODE, S_MODE, U_MODE, VS_MODE, VU_MODE};
enum { A0 = 10, A1, A2 };

/* Each writes 0 to rd in every mode. */
TEST(mops_write_zero)
{
    for (unsigned m = 0; m < 5; m++) {
        for (u32 n = 0; n < 32; n++) {
            u32 word = mop_r(n, A0, A1);
            note(m << 8 | n);
            EXPECT_VALUE(run(modes[m], make(&word, 1), 77, 88), 0);
        }
        for (u32 n = 0; n < 8; n++) {
            u32 word = mop_rr(n, A0, A1, A2);
            note(m << 8 | 0x80 | n);
            EXPECT_VALUE(run(modes[m], make(&word, 1), 77, 88, 99), 0);
        }
    }
}

/* They write nothing else: x0 stays 0, and so does what the sources hold. */
TEST(mops_write_nothing_else)
{
    for (u32 n = 0; n < 32; n++) {
        u32 words[] = {mop_r(n, 0, A0), mop_r(n, A1, A0), mop_rr(n & 7, A2, A0, A0),
                       0x00a00533 /* add a0, x0, a0 */};
        note(n);
        EXPECT_VALUE(run(M_MODE, make(words, 4), 0x1234, 5, 6), 0x1234);
    }
}

/* c.mop.n writes no register at all, xn neither. */
TEST(compressed_mops)
{
    SNIPPET_C(all, "mv t0, ra\nmv t1, gp\nmv t2, tp\nmv t3, s0\nmv t4, s1\n"
                   ".half 0x6081, 0x6181, 0x6281, 0x6381, 0x6481, 0x6581, 0x6681, 0x6781\n"
                   "sub t0, t0, ra\nsub t1, t1, gp\nsub t3, t3, s0\nsub t4, t4, s1\n"
                   "or t0, t0, t1\nor t0, t0, t3\nor t0, t0, t4\n"
                   "xor a1, a1, a2\nor a1, a1, t0\nadd a0, a0, a1");
    SNIPPET_C(x5_and_x7, "li t0, 55\nli t2, 77\n.half 0x6281, 0x6381\nadd a0, t0, t2");

    for (unsigned m = 0; m < 5; m++) {
        note(m);
        EXPECT_VALUE(run(modes[m], all, 42, 0x5a5a, 0x5a5a), 42);
        EXPECT_VALUE(run(modes[m], x5_and_x7), 132);
    }
}

/* Their neighbours are still reserved. */
TEST(reserved)
{
    SNIPPET_C(lui_0_x0, ".half 0x6001");
    SNIPPET_C(lui_0_x4, ".half 0x6201");
    SNIPPET_C(lui_0_x17, ".half 0x6881");
    SNIPPET_C(lui_0_x31, ".half 0x6f81");
    static const u32 *const codes[] = {lui_0_x0, lui_0_x4, lui_0_x17, lui_0_x31};

    for (unsigned i = 0; i < 4; i++) {
        note(i);
        EXPECT_TRAP(run(M_MODE, codes[i]), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    }
    u32 others[] = {mop_r(0, A0, A1) | BIT(28), mop_r(3, A0, A1) & ~(1u << 24),
                    mop_rr(5, A0, A1, A2) & ~(1u << 31)};
    for (unsigned i = 0; i < 3; i++) {
        note(i);
        EXPECT_TRAP(run(M_MODE, make(&others[i], 1)), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                    .tval = BITS);
    }
}

/* ntl.* change nothing, nor the access after them. */
TEST(locality_hints)
{
    SNIPPET(full, "add x0, x0, x2\nld a1, 0(a0)\nadd x0, x0, x3\nld a2, 0(a0)\nadd x0, x0, x4\n"
                  "sd a1, 8(a0)\nadd x0, x0, x5\nld a0, 8(a0)");
    SNIPPET_C(compressed, ".half 0x900a\nc.ld a1, 0(a0)\n.half 0x900e\nc.ld a2, 0(a0)\n"
                          ".half 0x9012\nc.sd a1, 8(a0)\n.half 0x9016\nc.ld a0, 8(a0)");
    static u64 memory[2];

    memory[0] = 0x1122334455667788;
    EXPECT_VALUE(run(M_MODE, full, memory), 0x1122334455667788);
    memory[1] = 0;
    EXPECT_VALUE(run(M_MODE, compressed, memory), 0x1122334455667788);
    CHECK_EQ(memory[1], memory[0]);
}
