/* C: each compressed instruction once and its corners, hints, and reserved encodings. */
#include "vectors.h"

/* In SNIPPET_C the assembler may compress; the c. names make sure that it is this encoding. */
#define OP(name, code) SNIPPET_C(c_##name, code)

OP(addi, "c.addi a0, -32");
OP(addi_max, "c.addi a0, 31");
OP(addiw, "c.addiw a0, 1");
OP(addiw_0, "c.addiw a0, 0");
OP(li, "c.li a0, -32");
OP(li_max, "c.li a0, 31");
OP(lui, "c.lui a0, 0xfffe0");
OP(lui_max, "c.lui a0, 31");
OP(srli, "c.srli a0, 63");
OP(srli_1, "c.srli a0, 1");
OP(srai, "c.srai a0, 63");
OP(srai_32, "c.srai a0, 32");
OP(andi, "c.andi a0, -32");
OP(andi_max, "c.andi a0, 31");
OP(slli, "c.slli a0, 63");
OP(slli_33, "c.slli a0, 33");
OP(sub, "c.sub a0, a1");
OP(xor, "c.xor a0, a1");
OP(or, "c.or a0, a1");
OP(and, "c.and a0, a1");
OP(subw, "c.subw a0, a1");
OP(addw, "c.addw a0, a1");
OP(mv, "c.mv a0, a1");
OP(add, "c.add a0, a1");
OP(addi16sp, "mv t0, sp\nmv sp, a0\nc.addi16sp sp, -512\nmv a0, sp\nmv sp, t0");
OP(addi16sp_max, "mv t0, sp\nmv sp, a0\nc.addi16sp sp, 496\nmv a0, sp\nmv sp, t0");
OP(addi4spn, "mv t0, sp\nmv sp, a0\nc.addi4spn a0, sp, 1020\nmv sp, t0");
OP(addi4spn_4, "mv t0, sp\nmv sp, a0\nc.addi4spn a0, sp, 4\nmv sp, t0");
OP(high_registers, "mv s10, a0\nc.mv t6, s10\nc.add t6, a1\nc.mv a0, t6");

TEST(arithmetic)
{
    static const struct vector v[] = {
        {c_addi,           0,                  0,                  -32ull            },
        {c_addi_max,       1,                  0,                  32                },
        {c_addiw,          0x7fffffff,         0,                  0xffffffff80000000},
        {c_addiw_0,        0x1234567880000000, 0,                  0xffffffff80000000},
        {c_li,             0,                  0,                  -32ull            },
        {c_li_max,         0,                  0,                  31                },
        {c_lui,            0,                  0,                  0xfffffffffffe0000},
        {c_lui_max,        0,                  0,                  0x1f000           },
        {c_srli,           ~0ull,              0,                  1                 },
        {c_srli_1,         ~0ull,              0,                  0x7fffffffffffffff},
        {c_srai,           0x8000000000000000, 0,                  ~0ull             },
        {c_srai_32,        0x8000000000000000, 0,                  0xffffffff80000000},
        {c_andi,           ~0ull,              0,                  -32ull            },
        {c_andi_max,       ~0ull,              0,                  31                },
        {c_slli,           3,                  0,                  0x8000000000000000},
        {c_slli_33,        0xffffffff,         0,                  0xfffffffe00000000},
        {c_sub,            1,                  2,                  ~0ull             },
        {c_xor,            0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0},
        {c_or,             0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0},
        {c_and,            0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00},
        {c_subw,           0x100000000,        1,                  ~0ull             },
        {c_addw,           0x7fffffff,         1,                  0xffffffff80000000},
        {c_mv,             1,                  2,                  2                 },
        {c_add,            1,                  2,                  3                 },
        {c_addi16sp,       0x1000,             0,                  0xe00             },
        {c_addi16sp_max,   0x1000,             0,                  0x11f0            },
        {c_addi4spn,       0x1000,             0,                  0x13fc            },
        {c_addi4spn_4,     0x1000,             0,                  0x1004            },
        {c_high_registers, 40,                 2,                  42                },
    };
    CHECK_VECTORS(v);
}

/* Loads and stores: the largest offset of each form. a0 is the base; sp forms borrow sp. */
OP(lw, "c.lw a0, 124(a0)");
OP(ld, "c.ld a0, 248(a0)");
OP(sw, "c.sw a1, 124(a0)");
OP(sd, "c.sd a1, 248(a0)");
OP(fld, "c.fld fa5, 248(a0)\nfmv.x.d a0, fa5");
OP(fsd, "fmv.d.x fa5, a1\nc.fsd fa5, 248(a0)");
OP(lwsp, "mv t0, sp\nmv sp, a0\nc.lwsp a0, 252(sp)\nmv sp, t0");
OP(ldsp, "mv t0, sp\nmv sp, a0\nc.ldsp a0, 504(sp)\nmv sp, t0");
OP(swsp, "mv t0, sp\nmv sp, a0\nc.swsp a1, 252(sp)\nmv sp, t0");
OP(sdsp, "mv t0, sp\nmv sp, a0\nc.sdsp a1, 504(sp)\nmv sp, t0");
OP(fldsp, "mv t0, sp\nmv sp, a0\nc.fldsp fs11, 504(sp)\nmv sp, t0\nfmv.x.d a0, fs11");
OP(fsdsp, "mv t0, sp\nmv sp, a0\nfmv.d.x fs11, a1\nc.fsdsp fs11, 504(sp)\nmv sp, t0");

TEST(memory)
{
    static u64 words[64];
    static const struct {
        const u32 *load, *store;
        u64 index, loaded, stored;
    } forms[] = {
        {c_lw,    c_sw,    15, 0xffffffff81828384, 0x5566778885868788},
        {c_ld,    c_sd,    31, 0x8182838485868788, 0x1122334455667788},
        {c_fld,   c_fsd,   31, 0x8182838485868788, 0x1122334455667788},
        {c_lwsp,  c_swsp,  31, 0xffffffff81828384, 0x5566778885868788},
        {c_ldsp,  c_sdsp,  63, 0x8182838485868788, 0x1122334455667788},
        {c_fldsp, c_fsdsp, 63, 0x8182838485868788, 0x1122334455667788},
    };

    for (unsigned i = 0; i < 6; i++) {
        note(i);
        words[forms[i].index] = 0x8182838485868788;
        EXPECT_VALUE(run(M_MODE, forms[i].load, words), forms[i].loaded);
        EXPECT_RETURN(run(M_MODE, forms[i].store, words, 0x1122334455667788));
        CHECK_EQ(words[forms[i].index], forms[i].stored);
    }
}

TEST(control_flow)
{
    SNIPPET_C(c_j, "c.j 1f\nli a0, 0\n1:");
    SNIPPET_C(c_j_back, "c.j 2f\n1: li a0, 5\nc.j 3f\n2: c.j 1b\n3:");
    SNIPPET_C(c_beqz, "c.beqz a0, 1f\nli a0, 0\nj 2f\n1: li a0, 1\n2:");
    SNIPPET_C(c_bnez, "c.bnez a0, 1f\nli a0, 0\nj 2f\n1: li a0, 1\n2:");
    SNIPPET_C(c_jr, "la t0, 1f\nc.jr t0\nli a0, 0\n1:");
    SNIPPET_C(c_jalr, "mv t3, ra\nla t0, 1f\nc.jalr t0\n2: li a0, 0\n1: la t1, 2b\nsub a0, ra, t1\n"
                      "mv ra, t3");
    EXPECT_VALUE(run(M_MODE, c_j, 9), 9);
    EXPECT_VALUE(run(M_MODE, c_j_back), 5);
    EXPECT_VALUE(run(M_MODE, c_beqz, 0), 1);
    EXPECT_VALUE(run(M_MODE, c_beqz, 0x100000000), 0);
    EXPECT_VALUE(run(M_MODE, c_bnez, 0), 0);
    EXPECT_VALUE(run(M_MODE, c_bnez, 0x100000000), 1);
    EXPECT_VALUE(run(M_MODE, c_jr, 9), 9);
    EXPECT_VALUE(run(M_MODE, c_jalr), 0); /* the link is two bytes on */
}

/* Farthest targets: c.j reaches 2 KiB, c.beqz 256 bytes. */
TEST(farthest_targets)
{
    SNIPPET_C(far_jump, "c.j 1f\n.space 2044\n1:");
    SNIPPET_C(far_branch, "c.beqz a0, 1f\n.space 252\n1: addi a0, a0, 3");
    EXPECT_VALUE(run(M_MODE, far_jump, 4), 4);
    EXPECT_VALUE(run(M_MODE, far_branch, 0), 3);
}

/* Hints do nothing. */
TEST(hints)
{
    SNIPPET_C(nop_imm, ".half 0x0005");   /* c.nop 1 */
    SNIPPET_C(addi_zero, ".half 0x0501"); /* c.addi a0, 0 */
    SNIPPET_C(li_x0, ".half 0x4015");     /* c.li x0, 5 */
    SNIPPET_C(lui_x0, ".half 0x6005");    /* c.lui x0, 1 */
    SNIPPET_C(mv_x0, ".half 0x802e");     /* c.mv x0, a1 */
    SNIPPET_C(add_x0, ".half 0x902e");    /* c.add x0, a1 */
    SNIPPET_C(slli_x0, ".half 0x0006");   /* c.slli x0, 1 */
    SNIPPET_C(slli_zero, ".half 0x0502"); /* c.slli a0, 0 */
    SNIPPET_C(srli_zero, ".half 0x8101"); /* c.srli a0, 0 */
    SNIPPET_C(srai_zero, ".half 0x8501"); /* c.srai a0, 0 */
    static const u32 *const codes[] = {nop_imm, addi_zero, li_x0,     lui_x0,    mv_x0,
                                       add_x0,  slli_x0,   slli_zero, srli_zero, srai_zero};

    for (unsigned i = 0; i < 10; i++) {
        note(i);
        EXPECT_VALUE(run(M_MODE, codes[i], 0x1234567890abcdef, 77), 0x1234567890abcdef);
    }
}

/* Reserved encodings are illegal; tval is the 16 bits or 0. */
TEST(reserved)
{
    SNIPPET_C(zero, ".half 0x0000");
    SNIPPET_C(addi4spn_zero, ".half 0x0004");
    SNIPPET_C(addiw_x0, ".half 0x2005");
    SNIPPET_C(addi16sp_zero, ".half 0x6101");
    SNIPPET_C(lui_zero, ".half 0x6501");
    SNIPPET_C(unary_6, ".half 0x9d79");
    SNIPPET_C(unary_7, ".half 0x9d7d");
    SNIPPET_C(lwsp_x0, ".half 0x4002");
    SNIPPET_C(ldsp_x0, ".half 0x6002");
    SNIPPET_C(jr_x0, ".half 0x8002");
    SNIPPET_C(quadrant_0_4, ".half 0x9c00"); /* Zcb's space */
    static const u32 *const codes[] = {zero,         addi4spn_zero, addiw_x0, addi16sp_zero,
                                       lui_zero,     lwsp_x0,       ldsp_x0,  jr_x0,
                                       quadrant_0_4, unary_6,       unary_7};

    for (unsigned i = 0; i < 11; i++) {
        note(i);
        EXPECT_TRAP(run(S_MODE, codes[i]), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    }
}

/* Instructions of both sizes in one stream, a 32-bit one on a 2-byte boundary. */
TEST(mixed_sizes)
{
    SNIPPET_C(mixed, "c.li a0, 1\n.option norvc\naddi a0, a0, 100\n.option rvc\nc.addi a0, 1\n"
                     ".option norvc\nslli a0, a0, 2\n.option rvc\nc.addi a0, 1");
    EXPECT_VALUE(run(M_MODE, mixed), 409);
}

TEST(ebreak)
{
    SNIPPET_C(c_ebreak, "c.nop\n.globl c_ebreak_at\nc_ebreak_at: c.ebreak");
    extern const u32 c_ebreak_at[];
    EXPECT_TRAP(run(U_MODE, c_ebreak), LEVEL_M, .cause = BREAKPOINT, .epc = (u64)c_ebreak_at,
                .tval = (u64)c_ebreak_at);
}

/* What FP loads need: FS. */
TEST(floating_point_off)
{
    csr_clear(mstatus, STATUS_FS);
    EXPECT_TRAP(run(S_MODE, c_fld, 0), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}
