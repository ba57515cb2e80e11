/* RV64I: arithmetic, branches, jumps, loads and stores. Expected values are worked out by hand. */
#include "vectors.h"

#define OP(name) SNIPPET(do_##name, #name " a0, a0, a1")

OP(add);
OP(sub);
OP(sll);
OP(slt);
OP(sltu);
OP(xor);
OP(srl);
OP(sra);
OP(or);
OP(and);
OP(addw);
OP(subw);
OP(sllw);
OP(srlw);
OP(sraw);

#define MIN64 0x8000000000000000
#define MAX64 0x7fffffffffffffff
#define ONES  0xffffffffffffffff

TEST(register_register)
{
    static const struct vector v[] = {
        {do_add,  MAX64,              1,                  MIN64             },
        {do_add,  ONES,               1,                  0                 },
        {do_add,  0xffffffff,         1,                  0x100000000       },
        {do_sub,  0,                  1,                  ONES              },
        {do_sub,  MIN64,              1,                  MAX64             },
        {do_sub,  0x100000000,        1,                  0xffffffff        },
        {do_sll,  1,                  63,                 MIN64             },
        {do_sll,  1,                  64,                 1                 }, /* six bits of shift amount */
        {do_sll,  0x0123456789abcdef, 4,                  0x123456789abcdef0},
        {do_sll,  3,                  0xffffffffffffffc1, 6                 },
        {do_srl,  MIN64,              63,                 1                 },
        {do_srl,  ONES,               0x44,               0x0fffffffffffffff},
        {do_sra,  MIN64,              63,                 ONES              },
        {do_sra,  MAX64,              62,                 1                 },
        {do_sra,  0xf000000000000000, 4,                  0xff00000000000000},
        {do_slt,  MIN64,              MAX64,              1                 },
        {do_slt,  MAX64,              MIN64,              0                 },
        {do_slt,  5,                  5,                  0                 },
        {do_slt,  ONES,               0,                  1                 },
        {do_sltu, ONES,               0,                  0                 },
        {do_sltu, 0,                  ONES,               1                 },
        {do_sltu, MAX64,              MIN64,              1                 },
        {do_xor,  0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0},
        {do_or,   0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0},
        {do_and,  0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00},
    };
    CHECK_VECTORS(v);
}

/* W forms: 32-bit results, sign-extended; upper halves of the operands do not count. */
TEST(words)
{
    static const struct vector v[] = {
        {do_addw, 0x7fffffff,         1,                  0xffffffff80000000},
        {do_addw, 0xffffffff,         1,                  0                 },
        {do_addw, 0x1234567800000001, 0xabcdef0100000002, 3                 },
        {do_subw, 0,                  1,                  ONES              },
        {do_subw, 0x80000000,         1,                  0x7fffffff        },
        {do_sllw, 1,                  31,                 0xffffffff80000000},
        {do_sllw, 1,                  32,                 1                 }, /* five bits of shift amount */
        {do_sllw, 0xff00000001,       4,                  0x10              },
        {do_srlw, 0xffffffff80000000, 31,                 1                 },
        {do_srlw, 0x80000000,         0,                  0xffffffff80000000},
        {do_srlw, 0xff80000000,       32 + 4,             0x08000000        },
        {do_sraw, 0x80000000,         31,                 ONES              },
        {do_sraw, 0xff40000000,       30,                 1                 },
        {do_sraw, 0x80000000,         0x24,               0xfffffffff8000000},
    };
    CHECK_VECTORS(v);
}

SNIPPET(addi_max, "addi a0, a0, 2047");
SNIPPET(addi_min, "addi a0, a0, -2048");
SNIPPET(slti_neg, "slti a0, a0, -1");
SNIPPET(sltiu_neg, "sltiu a0, a0, -1");
SNIPPET(sltiu_1, "sltiu a0, a0, 1");
SNIPPET(xori_neg, "xori a0, a0, -1");
SNIPPET(ori_neg, "ori a0, a0, -2048");
SNIPPET(andi_neg, "andi a0, a0, -16");
SNIPPET(slli_63, "slli a0, a0, 63");
SNIPPET(slli_32, "slli a0, a0, 32");
SNIPPET(srli_63, "srli a0, a0, 63");
SNIPPET(srai_63, "srai a0, a0, 63");
SNIPPET(srai_33, "srai a0, a0, 33");
SNIPPET(addiw_1, "addiw a0, a0, 1");
SNIPPET(addiw_0, "addiw a0, a0, 0");
SNIPPET(slliw_31, "slliw a0, a0, 31");
SNIPPET(srliw_31, "srliw a0, a0, 31");
SNIPPET(srliw_0, "srliw a0, a0, 0");
SNIPPET(sraiw_31, "sraiw a0, a0, 31");
SNIPPET(lui_max, "lui a0, 0x7ffff");
SNIPPET(lui_min, "lui a0, 0x80000");

TEST(immediates)
{
    static const struct vector v[] = {
        {addi_max,  1,                  0, 2048              },
        {addi_max,  MAX64,              0, 0x80000000000007fe},
        {addi_min,  0,                  0, 0xfffffffffffff800},
        {slti_neg,  MIN64,              0, 1                 },
        {slti_neg,  ONES,               0, 0                 },
        {slti_neg,  0,                  0, 0                 },
        {sltiu_neg, 0,                  0, 1                 },
        {sltiu_neg, 0xfffffffffffffffe, 0, 1                 },
        {sltiu_neg, ONES,               0, 0                 },
        {sltiu_1,   0,                  0, 1                 },
        {sltiu_1,   1,                  0, 0                 },
        {xori_neg,  0x0123456789abcdef, 0, 0xfedcba9876543210},
        {ori_neg,   5,                  0, 0xfffffffffffff805},
        {andi_neg,  ONES,               0, 0xfffffffffffffff0},
        {slli_63,   3,                  0, MIN64             },
        {slli_32,   0xdeadbeef12345678, 0, 0x1234567800000000},
        {srli_63,   ONES,               0, 1                 },
        {srai_63,   MIN64,              0, ONES              },
        {srai_63,   MAX64,              0, 0                 },
        {srai_33,   MIN64,              0, 0xffffffffc0000000},
        {addiw_1,   0x7fffffff,         0, 0xffffffff80000000},
        {addiw_0,   0x12345678ffffffff, 0, ONES              },
        {addiw_0,   0xffffffff7fffffff, 0, 0x7fffffff        },
        {slliw_31,  3,                  0, 0xffffffff80000000},
        {srliw_31,  ONES,               0, 1                 },
        {srliw_0,   0x180000000,        0, 0xffffffff80000000},
        {sraiw_31,  0x80000000,         0, ONES              },
        {lui_max,   0,                  0, 0x7ffff000        },
        {lui_min,   0,                  0, 0xffffffff80000000},
    };
    CHECK_VECTORS(v);
}

TEST(auipc)
{
    SNIPPET(auipc_0, "auipc a0, 0");
    SNIPPET(auipc_1, "auipc a0, 1");
    SNIPPET(auipc_neg, "auipc a0, 0x80000");
    EXPECT_VALUE(run(M_MODE, auipc_0), (u64)auipc_0);
    EXPECT_VALUE(run(M_MODE, auipc_1), (u64)auipc_1 + 0x1000);
    EXPECT_VALUE(run(M_MODE, auipc_neg), (u64)auipc_neg - 0x80000000);
}

TEST(x0_stays_zero)
{
    SNIPPET(write_x0, "addi x0, x0, 5\nlui x0, 1\nadd x0, a0, a0\nld x0, (a0)\nmv a0, x0");
    EXPECT_VALUE(run(M_MODE, write_x0, (u64)write_x0 & ~7ull), 0);
}

/* A branch: 1 when taken. */
#define BRANCH(name) SNIPPET(do_##name, #name " a0, a1, 1f\nli a0, 0\nj 2f\n1: li a0, 1\n2:")
BRANCH(beq);
BRANCH(bne);
BRANCH(blt);
BRANCH(bge);
BRANCH(bltu);
BRANCH(bgeu);

TEST(branches)
{
    static const struct vector v[] = {
        {do_beq,  1,           1,     1},
        {do_beq,  1,           2,     0},
        {do_beq,  0x100000000, 0,     0},
        {do_bne,  1,           1,     0},
        {do_bne,  0x100000000, 0,     1},
        {do_blt,  MIN64,       MAX64, 1},
        {do_blt,  MAX64,       MIN64, 0},
        {do_blt,  3,           3,     0},
        {do_blt,  0xffffffff,  0,     0},
        {do_bge,  3,           3,     1},
        {do_bge,  ONES,        0,     0},
        {do_bge,  0,           ONES,  1},
        {do_bltu, ONES,        0,     0},
        {do_bltu, 0,           ONES,  1},
        {do_bltu, 3,           3,     0},
        {do_bgeu, ONES,        0,     1},
        {do_bgeu, 3,           3,     1},
        {do_bgeu, MAX64,       MIN64, 0},
    };
    CHECK_VECTORS(v);
}

TEST(backward_branch)
{
    SNIPPET(count_down, "li a1, 0\n1: addi a1, a1, 3\naddi a0, a0, -1\nbnez a0, 1b\nmv a0, a1");
    EXPECT_VALUE(run(M_MODE, count_down, 1000), 3000);
}

TEST(jumps)
{
    SNIPPET(jal_links, "jal a0, 1f\nnop\n1:");
    SNIPPET(jalr_links, "la t0, 1f\n.globl jalr_at\njalr_at: jalr a0, -4(t0)\nnop\nnop\n1:");
    SNIPPET(jalr_same_register, "la a0, 1f\njalr a0, 0(a0)\nnop\n1: la t0, 1b\nsub a0, t0, a0");
    SNIPPET(jalr_clears_bit_0, "la t0, 1f\njalr a0, 1(t0)\nli a0, 0\nj 2f\n1: li a0, 1\n2:");
    EXPECT_VALUE(run(M_MODE, jal_links), (u64)jal_links + 4);
    extern const u32 jalr_at[];
    EXPECT_VALUE(run(M_MODE, jalr_links), (u64)jalr_at + 4);
    EXPECT_VALUE(run(M_MODE, jalr_same_register), 4);
    EXPECT_VALUE(run(M_MODE, jalr_clears_bit_0), 1);
}

SNIPPET(do_lb, "lb a0, -1(a0)");
SNIPPET(do_lbu, "lbu a0, -1(a0)");
SNIPPET(do_lh, "lh a0, -2(a0)");
SNIPPET(do_lhu, "lhu a0, -2(a0)");
SNIPPET(do_lw, "lw a0, 4(a0)");
SNIPPET(do_lwu, "lwu a0, 4(a0)");
SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sb, "sb a1, 3(a0)");
SNIPPET(do_sh, "sh a1, 2(a0)");
SNIPPET(do_sw, "sw a1, -4(a0)");
SNIPPET(do_sd, "sd a1, 8(a0)");
SNIPPET(do_ld_far, "ld a0, -2048(a0)");
SNIPPET(do_sd_far, "sd a1, 2047(a0)");

TEST(loads)
{
    static const u64 words[2] = {0x8182838485868788, 0x9192939495969798};
    u64 at = (u64)words;
    EXPECT_VALUE(run(M_MODE, do_lb, at + 1), 0xffffffffffffff88);
    EXPECT_VALUE(run(M_MODE, do_lbu, at + 1), 0x88);
    EXPECT_VALUE(run(M_MODE, do_lbu, at + 8), 0x81);
    EXPECT_VALUE(run(M_MODE, do_lh, at + 2), 0xffffffffffff8788);
    EXPECT_VALUE(run(M_MODE, do_lhu, at + 8), 0x8182);
    EXPECT_VALUE(run(M_MODE, do_lw, at), 0xffffffff81828384);
    EXPECT_VALUE(run(M_MODE, do_lwu, at), 0x81828384);
    EXPECT_VALUE(run(M_MODE, do_ld, at), 0x8182838485868788);
    EXPECT_VALUE(run(M_MODE, do_ld_far, at + 2048), 0x8182838485868788);
    EXPECT_VALUE(run(M_MODE, do_ld, at + 3), 0x9697988182838485); /* misaligned */
    EXPECT_VALUE(run(M_MODE, do_lhu, at + 9), 0x9881);
    EXPECT_VALUE(run(M_MODE, do_lw, at + 2), 0xffffffff97988182);
}

TEST(stores)
{
    static u64 words[4];
    u64 at = (u64)words;

    for (unsigned i = 0; i < 4; i++) words[i] = ONES;
    EXPECT_RETURN(run(M_MODE, do_sb, at, 0x1122334455667788));
    CHECK_EQ(words[0], 0xffffffff88ffffff);
    EXPECT_RETURN(run(M_MODE, do_sh, at + 4, 0x1122334455667788));
    CHECK_EQ(words[0], 0x7788ffff88ffffff);
    EXPECT_RETURN(run(M_MODE, do_sw, at + 12, 0x1122334455667788));
    CHECK_EQ(words[1], 0xffffffff55667788);
    EXPECT_RETURN(run(M_MODE, do_sd, at + 8, 0x1122334455667788));
    CHECK_EQ(words[2], 0x1122334455667788);
    EXPECT_RETURN(run(M_MODE, do_sd_far, at + 18 - 2047, 0)); /* misaligned */
    CHECK_EQ(words[2], 0x7788);
    CHECK_EQ(words[3], 0xffffffffffff0000);
}

/* FENCE in all its forms, reserved ones included, changes no register. */
TEST(fences)
{
    SNIPPET(all_fences, "fence\nfence rw, w\nfence.tso\n.word 0x0000000f\n.word 0x1ff0000f\n"
                        ".word 0x0ff5850f");
    EXPECT_VALUE(run(M_MODE, all_fences, 0x1234, 0x99), 0x1234);
}

/* Words of all zeros and all ones, and encodings that RV64I leaves reserved, are illegal. */
TEST(reserved_encodings)
{
    SNIPPET(slliw_wide, ".word 0x0205151b");      /* slliw a0, a0, 32 */
    SNIPPET(op_reserved, ".word 0x42b57533");     /* and with funct7 = 0100001 */
    SNIPPET(load_reserved, ".word 0x0005f503");   /* load, funct3 = 7 */
    SNIPPET(store_reserved, ".word 0x00b54023");  /* store, funct3 = 4 */
    SNIPPET(branch_reserved, ".word 0x00b52463"); /* branch, funct3 = 2 */
    SNIPPET(jalr_reserved, ".word 0x000510e7");   /* jalr, funct3 = 1 */
    SNIPPET(long_instruction, ".word 0x0000001f");
    static const u32 *const codes[] = {slliw_wide,      op_reserved,     load_reserved,
                                       store_reserved,  branch_reserved, jalr_reserved,
                                       long_instruction};
    for (unsigned i = 0; i < 7; i++) {
        note(i);
        EXPECT_TRAP(run(S_MODE, codes[i]), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = ANY);
    }
}
