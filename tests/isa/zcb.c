/* Zcb: compressed byte and halfword accesses, extensions, NOT, multiplication. Written as
 * halfwords: a0 is register 2, a1 register 3 of the eight that the encodings name. */
#include "vectors.h"
#include "paging.h"

SNIPPET_C(zext_b, ".half 0x9d61");
SNIPPET_C(sext_b, ".half 0x9d65");
SNIPPET_C(zext_h, ".half 0x9d69");
SNIPPET_C(sext_h, ".half 0x9d6d");
SNIPPET_C(zext_w, ".half 0x9d71");
SNIPPET_C(not, ".half 0x9d75");
SNIPPET_C(mul, ".half 0x9d4d");

static const struct vector vectors[] = {
    {zext_b, 0xfedcba9876543281, 0,                  0x81              },
    {zext_b, 0x17f,              0,                  0x7f              },
    {sext_b, 0x17f,              0,                  0x7f              },
    {sext_b, 0x80,               0,                  0xffffffffffffff80},
    {sext_b, 0xffffffffffffff00, 0,                  0                 },
    {zext_h, 0xfedcba9876548281, 0,                  0x8281            },
    {sext_h, 0x17fff,            0,                  0x7fff            },
    {sext_h, 0x8000,             0,                  0xffffffffffff8000},
    {zext_w, 0xfedcba9886548281, 0,                  0x86548281        },
    {not,    0,                  0,                  0xffffffffffffffff},
    {not,    0xfedcba9876543210, 0,                  0x0123456789abcdef},
    {mul,    7,                  6,                  42                },
    {mul,    0xffffffffffffffff, 0xffffffffffffffff, 1                 },
    {mul,    0x100000001,        0x100000003,        0x0000000400000003},
};

TEST(arithmetic)
{
    CHECK_VECTORS(vectors);
}

/* The offsets' bits: byte 2 has bit 5 alone, byte 1 bit 6. */
SNIPPET_C(lbu_0, ".half 0x8108"); /* c.lbu a0, 0(a0) */
SNIPPET_C(lbu_1, ".half 0x8148");
SNIPPET_C(lbu_2, ".half 0x8128");
SNIPPET_C(lbu_3, ".half 0x8168");
SNIPPET_C(lhu_0, ".half 0x8508");
SNIPPET_C(lhu_2, ".half 0x8528");
SNIPPET_C(lh_0, ".half 0x8548");
SNIPPET_C(lh_2, ".half 0x8568");
SNIPPET_C(sb_0, ".half 0x890c"); /* c.sb a1, 0(a0) */
SNIPPET_C(sb_1, ".half 0x894c");
SNIPPET_C(sb_2, ".half 0x892c");
SNIPPET_C(sb_3, ".half 0x896c");
SNIPPET_C(sh_0, ".half 0x8d0c");
SNIPPET_C(sh_2, ".half 0x8d2c");

TEST(loads)
{
    static const u8 memory[4] __attribute__((aligned(4))) = {0x81, 0x12, 0x93, 0xa4};

    EXPECT_VALUE(run(M_MODE, lbu_0, memory), 0x81);
    EXPECT_VALUE(run(M_MODE, lbu_1, memory), 0x12);
    EXPECT_VALUE(run(M_MODE, lbu_2, memory), 0x93);
    EXPECT_VALUE(run(M_MODE, lbu_3, memory), 0xa4);
    EXPECT_VALUE(run(M_MODE, lhu_0, memory), 0x1281);
    EXPECT_VALUE(run(M_MODE, lhu_2, memory), 0xa493);
    EXPECT_VALUE(run(M_MODE, lh_0, memory), 0x1281);
    EXPECT_VALUE(run(M_MODE, lh_2, memory), 0xffffffffffffa493);
}

TEST(stores)
{
    static const struct {
        const u32 *code;
        u32 want;
    } cases[] = {
        {sb_0, 0xffffffc3},
        {sb_1, 0xffffc3ff},
        {sb_2, 0xffc3ffff},
        {sb_3, 0xc3ffffff},
        {sh_0, 0xffffd2c3},
        {sh_2, 0xd2c3ffff},
    };
    static u32 memory;

    for (unsigned i = 0; i < 6; i++) {
        note(i);
        memory = 0xffffffff;
        EXPECT_RETURN(run(M_MODE, cases[i].code, &memory, 0xa5b4d2c3));
        CHECK_EQ(memory, cases[i].want);
    }
}

/* The transformed instruction is the one that the compressed one stands for, with bit 1 clear. */
TEST(guest_page_faults)
{
    use_hgatp(SV39);
    struct trap t = run(VS_MODE, lbu_3, 0x50000000);
    CHECK_EQ(t.cause, LOAD_GUEST_PAGE_FAULT);
    CHECK_EQ(t.tval, 0x50000003);
    CHECK_EQ(t.tinst ? t.tinst : 0x00004501, 0x00004501); /* lbu a0, 0(x0) */
    t = run(VS_MODE, sh_2, 0x50000000);
    CHECK_EQ(t.cause, STORE_GUEST_PAGE_FAULT);
    CHECK_EQ(t.tval, 0x50000002);
    CHECK_EQ(t.tinst ? t.tinst : 0x00b01021, 0x00b01021); /* sh a1, 0(x0) */
}

TEST(reserved)
{
    SNIPPET_C(half_store_with_bit_6, ".half 0x8d4c");
    SNIPPET_C(unary_6, ".half 0x9d79");
    SNIPPET_C(unary_7, ".half 0x9d7d");
    SNIPPET_C(quadrant_0_4, ".half 0x9100");
    static const u32 *const codes[] = {half_store_with_bit_6, unary_6, unary_7, quadrant_0_4};

    for (unsigned i = 0; i < 4; i++) {
        note(i);
        EXPECT_TRAP(run(M_MODE, codes[i]), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    }
}
