/* Zabha: atomic operations on bytes and halfwords; with Zacas, compare and swap of both. */
#include "harness.h"

/* funct7 is funct5, aq, rl; funct3 is 0 for bytes, 1 for halfwords. */
#define AMO(name, funct7)                                                                          \
    SNIPPET(name##_b, ".insn r 0x2f, 0, " #funct7 ", a0, a0, a1");                                 \
    SNIPPET(name##_h, ".insn r 0x2f, 1, " #funct7 ", a0, a0, a1")
AMO(amoadd, 0x00);
AMO(amoswap, 0x04);
AMO(amoxor, 0x10);
AMO(amoor, 0x20);
AMO(amoand, 0x30);
AMO(amomin, 0x40);
AMO(amomax, 0x50);
AMO(amominu, 0x60);
AMO(amomaxu, 0x70);

struct amo {
    const u32 *code;
    u64 memory, operand, want; /* want: memory afterwards */
};

/* The operand's upper bits never count. */
static const struct amo bytes[] = {
    {amoadd_b,  0x7f, 0x101,              0x80},
    {amoadd_b,  0xff, 0x02,               0x01},
    {amoswap_b, 0x81, 0x172,              0x72},
    {amoxor_b,  0xf0, 0x33c,              0xcc},
    {amoor_b,   0xf0, 0x33c,              0xfc},
    {amoand_b,  0xf0, 0x33c,              0x30},
    {amomin_b,  0x05, 0x80,               0x80},
    {amomin_b,  0x80, 0x17f,              0x80},
    {amomin_b,  0x05, 0x7f00000000000004, 0x04},
    {amomax_b,  0x05, 0x80,               0x05},
    {amomax_b,  0x80, 0x17f,              0x7f},
    {amominu_b, 0x05, 0x80,               0x05},
    {amominu_b, 0x80, 0x17f,              0x7f},
    {amomaxu_b, 0x05, 0x80,               0x80},
    {amomaxu_b, 0x80, 0x17f,              0x80},
};
static const struct amo halfwords[] = {
    {amoadd_h,  0x7fff, 0x10001, 0x8000},
    {amoadd_h,  0x00ff, 0x0001,  0x0100},
    {amoswap_h, 0x8191, 0x17263, 0x7263},
    {amoxor_h,  0xff00, 0x30ff0, 0xf0f0},
    {amoor_h,   0xff00, 0x30ff0, 0xfff0},
    {amoand_h,  0xff00, 0x30ff0, 0x0f00},
    {amomin_h,  0x0005, 0x8000,  0x8000},
    {amomin_h,  0x8000, 0x17fff, 0x8000},
    {amomax_h,  0x0005, 0x8000,  0x0005},
    {amomax_h,  0x8000, 0x17fff, 0x7fff},
    {amominu_h, 0x0005, 0x8000,  0x0005},
    {amominu_h, 0x8000, 0x17fff, 0x7fff},
    {amomaxu_h, 0x0005, 0x8000,  0x8000},
    {amomaxu_h, 0x8000, 0x17fff, 0x8000},
};

/* In each place of a doubleword, the rest of which stays; rd is sign-extended. */
static void check_amos(const struct amo *v, unsigned n, unsigned width)
{
    static u64 memory;
    u64 mask = BIT(width) - 1;

    for (unsigned i = 0; i < n; i++) {
        for (unsigned at = 0; at < 64; at += width) {
            note((u64)i << 8 | at);
            memory = (0x5aa5c33c96690ff0 & ~(mask << at)) | v[i].memory << at;
            u64 old = v[i].memory >> (width - 1) ? v[i].memory | ~mask : v[i].memory;
            EXPECT_VALUE(run(M_MODE, v[i].code, (u64)&memory + at / 8, v[i].operand), old);
            CHECK_EQ(memory, (0x5aa5c33c96690ff0 & ~(mask << at)) | v[i].want << at);
        }
    }
}

TEST(amo_bytes)
{
    check_amos(bytes, sizeof bytes / sizeof *bytes, 8);
}

TEST(amo_halfwords)
{
    check_amos(halfwords, sizeof halfwords / sizeof *halfwords, 16);
}

/* ---- compare and swap: with a1, to a2, of the memory at a0; the upper bits of a1 do not count
 * ---- */

SNIPPET(amocas_b, ".insn r 0x2f, 0, 0x14, a1, a0, a2\nmv a0, a1");
SNIPPET(amocas_h, ".insn r 0x2f, 1, 0x17, a1, a0, a2\nmv a0, a1"); /* aqrl */

TEST(compare_and_swap)
{
    static u32 memory;

    memory = 0x11aa8233;
    EXPECT_VALUE(run(M_MODE, amocas_b, (u64)&memory + 1, 0x12382, 0x45677), 0xffffffffffffff82);
    CHECK_EQ(memory, 0x11aa7733);
    EXPECT_VALUE(run(M_MODE, amocas_b, (u64)&memory + 1, 0x82, 0x99), 0x77);
    CHECK_EQ(memory, 0x11aa7733);
    EXPECT_VALUE(run(M_MODE, amocas_h, (u64)&memory + 2, 0x11aa, 0xbeef), 0x11aa);
    CHECK_EQ(memory, 0xbeef7733);
    EXPECT_VALUE(run(M_MODE, amocas_h, (u64)&memory + 2, 0xbeee, 0), 0xffffffffffffbeef);
    CHECK_EQ(memory, 0xbeef7733);
    EXPECT_VALUE(run(M_MODE, amocas_h, (u64)&memory + 2, 0x7000000000000000 | 0xbeef, 0x12345),
                 0xffffffffffffbeef);
    CHECK_EQ(memory, 0x23457733);
}

/* ---- faults ---- */

TEST(misaligned_and_missing)
{
    static u64 memory;
    static const u32 *const codes[] = {amoadd_h, amomaxu_h, amocas_h};

    memory = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct trap t = run(S_MODE, codes[i], (u64)&memory + 1, 1);
        note(i);
        EXPECT_TRAP(t, LEVEL_M, .tval = (u64)&memory + 1,
                    .cause = t.cause == STORE_ACCESS ? STORE_ACCESS : MISALIGNED_STORE);
    }
    EXPECT_TRAP(run(S_MODE, amoadd_b, 9), LEVEL_M, .cause = STORE_ACCESS, .tval = 9);
    EXPECT_TRAP(run(S_MODE, amocas_b, 9), LEVEL_M, .cause = STORE_ACCESS, .tval = 9);
    CHECK_EQ(memory, 0);
}

/* There is no LR or SC of these widths. */
TEST(no_lr_sc)
{
    SNIPPET(lr_b, ".insn r 0x2f, 0, 0x08, a0, a0, x0");
    SNIPPET(sc_h, ".insn r 0x2f, 1, 0x0c, a0, a0, a1");
    static u64 memory;

    EXPECT_TRAP(run(M_MODE, lr_b, &memory), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, sc_h, &memory), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}
