/* A: each AMO in both widths, LR/SC with success and failure, alignment (Zaamo, Zalrsc). */
#include "vectors.h"
#include "paging.h"

#define AMO(name)                                                                                  \
    SNIPPET(name##_w, #name ".w a0, a1, (a0)");                                                    \
    SNIPPET(name##_d, #name ".d.aqrl a0, a1, (a0)")
AMO(amoswap);
AMO(amoadd);
AMO(amoxor);
AMO(amoand);
AMO(amoor);
AMO(amomin);
AMO(amomax);
AMO(amominu);
AMO(amomaxu);

struct amo {
    const u32 *code;
    u64 memory, operand, want; /* want: memory afterwards */
};

static const struct amo words[] = {
    {amoswap_w, 0x8182838491929394, 0x1122334455667788, 0x8182838455667788},
    {amoadd_w,  0x00000000ffffffff, 1,                  0                 },
    {amoadd_w,  0x000000007fffffff, 1,                  0x80000000        },
    {amoxor_w,  0xffffffffff00ff00, 0x0ff00ff0,         0xfffffffff0f0f0f0},
    {amoand_w,  0xffffffffff00ff00, 0x0ff00ff0,         0xffffffff0f000f00},
    {amoor_w,   0xffffffffff00ff00, 0x0ff00ff0,         0xfffffffffff0fff0},
    {amomin_w,  5,                  0xffffffff,         0xffffffff        },
    {amomin_w,  0x80000000,         1,                  0x80000000        },
    {amomax_w,  5,                  0xffffffff,         5                 },
    {amomax_w,  0x80000000,         0x7fffffff,         0x7fffffff        },
    {amominu_w, 5,                  0xffffffff,         5                 },
    {amominu_w, 0xffffffff,         7,                  7                 },
    {amomaxu_w, 5,                  0xffffffff,         0xffffffff        },
    {amomaxu_w, 5,                  0xffffffff00000001, 5                 }, /* the operand's upper half does not count */
};

static const struct amo doublewords[] = {
    {amoswap_d, 0x8182838491929394, 0x1122334455667788, 0x1122334455667788},
    {amoadd_d,  0x00000000ffffffff, 1,                  0x100000000       },
    {amoadd_d,  0xffffffffffffffff, 1,                  0                 },
    {amoxor_d,  0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0},
    {amoand_d,  0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00},
    {amoor_d,   0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0},
    {amomin_d,  5,                  0xffffffffffffffff, 0xffffffffffffffff},
    {amomin_d,  0x80000000,         1,                  1                 },
    {amomax_d,  5,                  0xffffffffffffffff, 5                 },
    {amomax_d,  0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff},
    {amominu_d, 5,                  0xffffffffffffffff, 5                 },
    {amomaxu_d, 5,                  0xffffffffffffffff, 0xffffffffffffffff},
};

static u64 sign_extend_word(u64 a)
{
    return (u64)(s64)(s32)a;
}

TEST(amo_words)
{
    static u64 memory;

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        note(i);
        memory = words[i].memory;
        EXPECT_VALUE(run(M_MODE, words[i].code, &memory, words[i].operand),
                     sign_extend_word(words[i].memory));
        CHECK_EQ(memory, words[i].want);
    }
}

TEST(amo_doublewords)
{
    static u64 memory;

    for (unsigned i = 0; i < sizeof doublewords / sizeof *doublewords; i++) {
        note(i);
        memory = doublewords[i].memory;
        EXPECT_VALUE(run(M_MODE, doublewords[i].code, &memory, doublewords[i].operand),
                     doublewords[i].memory);
        CHECK_EQ(memory, doublewords[i].want);
    }
}

/* The upper word of a pair, too. */
TEST(amo_of_an_upper_word)
{
    static u64 memory;

    memory = 0x7fffffff00000005;
    EXPECT_VALUE(run(M_MODE, amoadd_w, (u64)&memory + 4, 1), 0x7fffffff);
    CHECK_EQ(memory, 0x8000000000000005);
}

TEST(rd_is_x0_or_rs2)
{
    SNIPPET(amo_to_x0, "amoadd.d x0, a1, (a0)");
    SNIPPET(amo_same, "amoadd.d a1, a1, (a0)\nmv a0, a1");
    static u64 memory;

    memory = 5;
    EXPECT_RETURN(run(M_MODE, amo_to_x0, &memory, 3));
    CHECK_EQ(memory, 8);
    EXPECT_VALUE(run(M_MODE, amo_same, &memory, 4), 8);
    CHECK_EQ(memory, 12);
}

/* ---- LR and SC ---- */

SNIPPET(lr_sc_d, "1: lr.d t0, (a0)\nsc.d t1, a1, (a0)\nbnez t1, 1b\nmv a0, t0");
SNIPPET(lr_sc_w, "1: lr.w t0, (a0)\nsc.w t1, a1, (a0)\nbnez t1, 1b\nmv a0, t0");
SNIPPET(sc_only, "sc.d a0, a1, (a0)");
SNIPPET(sc_twice, "1: lr.d t0, (a0)\nsc.d t1, a1, (a0)\nbnez t1, 1b\nsc.d a0, zero, (a0)");
SNIPPET(sc_elsewhere_first, "lr.d t0, (a0)\naddi t2, a0, 2047\nsc.d t1, zero, 0(a2)\n"
                            "sc.d a0, a1, (a0)");
SNIPPET(sc_to_another_place, "lr.d t0, (a0)\nsc.d a0, a1, (a2)");

TEST(constrained_loop)
{
    static u64 memory;

    memory = 0x80000000ffffffff;
    EXPECT_VALUE(run(M_MODE, lr_sc_d, &memory, 0x1122334455667788), 0x80000000ffffffff);
    CHECK_EQ(memory, 0x1122334455667788);
    EXPECT_VALUE(run(M_MODE, lr_sc_w, (u64)&memory + 4, 0xabcdef0180000000), 0x11223344);
    CHECK_EQ(memory, 0x8000000055667788);
    EXPECT_VALUE(run(M_MODE, lr_sc_w, (u64)&memory + 4, 1), 0xffffffff80000000);
}

/* Without a reservation SC fails: nonzero (1: unspecified failure) and nothing is written. The SC
 * of the loop before has used up the reservation. */
TEST(sc_without_lr)
{
    static u64 memory;

    memory = 7;
    EXPECT_RETURN(run(M_MODE, lr_sc_d, &memory, 8));
    EXPECT_VALUE(run(M_MODE, sc_only, &memory, 9), 1);
    CHECK_EQ(memory, 8);
    EXPECT_VALUE(run(M_MODE, sc_twice, &memory, 10), 1);
    CHECK_EQ(memory, 10);
}

/* An SC to another address ends the reservation, whether it succeeds or not: far enough away to
 * be outside of any reservation set, it must fail. */
TEST(sc_to_another_address)
{
    static u64 memory[2 * PAGE / 8];

    memory[0] = 1;
    memory[PAGE / 8] = 2;
    EXPECT_VALUE(run3(M_MODE, sc_to_another_place, (u64)memory, 5, (u64)&memory[PAGE / 8]), 1);
    CHECK_EQ(memory[PAGE / 8], 2);
    EXPECT_VALUE(run3(M_MODE, sc_elsewhere_first, (u64)memory, 5, (u64)&memory[PAGE / 8]), 1);
    CHECK_EQ(memory[0], 1);
}

/* SC.W after LR.D at the same address and the like: success or failure, but then truly. */
TEST(widths_may_differ)
{
    SNIPPET(lr_d_sc_w, "lr.d t0, (a0)\nsc.w a0, a1, (a0)");
    static u64 memory;

    memory = 0xffffffffffffffff;
    struct trap t = run(M_MODE, lr_d_sc_w, &memory, 3);
    EXPECT_RETURN(t);
    CHECK_EQ(memory, t.value == 0 ? 0xffffffff00000003 : 0xffffffffffffffff);
}

/* Misaligned: address-misaligned or access fault, as store for AMO and SC, as load for LR. */
TEST(misaligned)
{
    SNIPPET(lr_w, "lr.w a0, (a0)");
    static u64 memory[2];
    static const struct {
        const u32 *code;
        u64 misaligned, access;
    } cases[] = {
        {amoadd_d,  MISALIGNED_STORE, STORE_ACCESS},
        {amoswap_w, MISALIGNED_STORE, STORE_ACCESS},
        {sc_only,   MISALIGNED_STORE, STORE_ACCESS},
        {lr_w,      MISALIGNED_LOAD,  LOAD_ACCESS }
    };

    for (unsigned i = 0; i < 4; i++) {
        struct trap t = run(S_MODE, cases[i].code, (u64)memory + 1, 1);
        note(i);
        EXPECT_TRAP(t, LEVEL_M, .tval = (u64)memory + 1,
                    .cause = t.cause == cases[i].access ? cases[i].access : cases[i].misaligned);
    }
    CHECK_EQ(memory[0] | memory[1], 0);
}

/* AMOs fault as stores even where only the load part is at fault. */
TEST(access_faults)
{
    EXPECT_TRAP(run(S_MODE, amoadd_d, 8), LEVEL_M, .cause = STORE_ACCESS, .tval = 8);
    EXPECT_TRAP(run(S_MODE, amoswap_w, 8), LEVEL_M, .cause = STORE_ACCESS, .tval = 8);
    SNIPPET(lr_d, "lr.d a0, (a0)");
    EXPECT_TRAP(run(S_MODE, lr_d, 8), LEVEL_M, .cause = LOAD_ACCESS, .tval = 8);
}

/* The destination keeps its value when the store part faults. */
TEST(destination_is_kept_on_a_fault)
{
    SNIPPET(amo_into_a0, "amoadd.d a0, a1, (a2)");
    struct table *t = use_satp(SV39);

    pt_map(t, 0x40000000, (u64)new_pages(1), 0, LEAF_S & ~PTE_W);
    struct trap r = run3(S_MODE, amo_into_a0, 0x5555, 1, 0x40000000);
    EXPECT_TRAP(r, LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = 0x40000000);
    CHECK_EQ(r.value, 0x5555);
}

/* LR has no rs2. */
TEST(reserved_encodings)
{
    SNIPPET(lr_with_rs2, ".word 0x1015352f");
    SNIPPET(amo_byte_reserved, ".word 0x2ab5752f");
    EXPECT_TRAP(run(S_MODE, lr_with_rs2), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, amo_byte_reserved), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                .tval = BITS);
}
