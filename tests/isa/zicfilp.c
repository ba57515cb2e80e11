/* Zicfilp: landing pads (unpriv. spec, "Zicfilp for Landing Pad"; priv. spec, chapter on CFI). */
#include "harness.h"
#include "paging.h"

#define LPE    BIT(2)  /* menvcfg, henvcfg, senvcfg */
#define MLPE   BIT(10) /* mseccfg, 0x747 */
#define SPELP  BIT(23)
#define MPELP  BIT(41)
#define LABEL  0x12345ull
#define LPAD   ".4byte 0x00000017\n"
#define LPAD_L ".4byte 0x12345017\n"
enum { SOFTWARE_CHECK = 18, LANDING_PAD_FAULT = 2 };

/* Where jumps lead to. */
SNIPPET(pad, LPAD "li a0, 7");
SNIPPET(labelled_pad, LPAD_L "li a0, 7");
SNIPPET(no_pad, "li a0, 7");
SNIPPET(illegal, ".word 0");
SNIPPET(other_auipc, "auipc a1, 0\nli a0, 7");
SNIPPET(pad_at_2, ".2byte 1\n" LPAD ".2byte 1\nli a0, 7");

/* Jumps to a0; t2 (x7) holds a1. */
SNIPPET(jump, "mv t2, a1\njr a0");
SNIPPET_C(c_jump, "mv t2, a1\nc.jr a0");
SNIPPET_C(c_call, "mv t3, ra\nmv t2, a1\nc.jalr a0\nmv ra, t3");
SNIPPET(call_by_t0, "mv t3, ra\nmv t2, a1\njalr t0, 0(a0)\nmv ra, t3");
SNIPPET(by_x1, "mv t3, ra\nmv ra, a0\njalr ra, 0(ra)\nmv ra, t3");
SNIPPET(by_x5, "mv t0, a0\njr t0");
SNIPPET(by_x7, "mv t2, a0\njr t2");
SNIPPET(by_x6, "mv t1, a0\njr t1");
SNIPPET(by_x31, "mv t6, a0\njr t6");
SNIPPET(by_x0, "jr zero");
SNIPPET(direct, "j 1f\n1: beqz zero, 2f\n2: li a0, 7");

SNIPPET(read_mstatus, "csrr a0, mstatus");
SNIPPET(pad_and_read_mstatus, LPAD "csrr a0, mstatus");
SNIPPET(do_sret, "csrw sepc, a0\ncsrs sstatus, a1\nsret");

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

/* Landing pads in this mode alone. */
static void enable(enum mode mode)
{
    csr_clear(0x747, MLPE);
    csr_clear(menvcfg, LPE);
    csr_clear(henvcfg, LPE);
    csr_clear(senvcfg, LPE);
    switch (mode) {
    case M_MODE: csr_set(0x747, MLPE); break;
    case S_MODE: csr_set(menvcfg, LPE); break;
    case VS_MODE: csr_set(henvcfg, LPE); break;
    case U_MODE:
    case VU_MODE: csr_set(senvcfg, LPE); break;
    }
}

/* Run with landing pads in `mode` alone, and not in the test program itself. */
static struct trap run_enabled(enum mode mode, const u32 *code, const void *target, u64 x7)
{
    enable(mode);
    struct trap t = run(mode, code, target, x7);
    csr_clear(0x747, MLPE);
    csr_clear(mstatus, MPELP); /* or the next run() begins by expecting one */
    return t;
}

#define EXPECT_FAULT(t, ...)                                                                       \
    EXPECT_TRAP(t, LEVEL_M, .cause = SOFTWARE_CHECK, .tval = LANDING_PAD_FAULT, __VA_ARGS__)

TEST(fields)
{
    csr_write(menvcfg, 0);
    CHECK_EQ(csr_write_read(henvcfg, LPE), LPE); /* none depends on another */
    CHECK_EQ(csr_write_read(senvcfg, LPE), LPE);
    csr_write(henvcfg, 0);
    CHECK_EQ(csr_read(senvcfg), LPE);
    CHECK_EQ(csr_write_read(menvcfg, LPE), LPE);
    csr_write(senvcfg, 0);
    csr_set(0x747, MLPE);
    CHECK_EQ(csr_read(0x747) & MLPE, MLPE);
    csr_clear(0x747, MLPE);
    CHECK_EQ(csr_read(0x747) & MLPE, 0);
    csr_set(mstatus, SPELP | MPELP);
    CHECK_EQ(csr_read(mstatus) & (SPELP | MPELP), SPELP | MPELP);
    CHECK_EQ(csr_read(sstatus) & (SPELP | MPELP), SPELP);
    CHECK_EQ(csr_read(vsstatus) & SPELP, 0);
    csr_clear(sstatus, SPELP);
    CHECK_EQ(csr_read(mstatus) & (SPELP | MPELP), MPELP);
    csr_set(vsstatus, SPELP);
    CHECK_EQ(csr_read(vsstatus) & SPELP, SPELP);
    CHECK_EQ(csr_read(mstatus) & SPELP, 0);
    csr_clear(vsstatus, SPELP);
    csr_clear(mstatus, MPELP);
}

/* Each mode has one enable bit of its own. */
TEST(whose_enable)
{
    for (unsigned on = 0; on < 5; on++) {
        for (unsigned i = 0; i < 5; i++) {
            bool user = (modes[on] & 3) == U_MODE && (modes[i] & 3) == U_MODE;
            note(modes[on] << 4 | modes[i]);
            enable(modes[on]);
            struct trap t = run(modes[i], jump, no_pad);
            csr_clear(0x747, MLPE);
            csr_clear(mstatus, MPELP);
            if (on == i || user)
                EXPECT_FAULT(t, .epc = (u64)no_pad);
            else
                EXPECT_VALUE(t, 7);
        }
    }
}

TEST(off)
{
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_VALUE(run(modes[i], jump, no_pad), 7);
        EXPECT_VALUE(run(modes[i], jump, labelled_pad), 7);
        EXPECT_VALUE(run(modes[i], jump, (u64)pad_at_2 + 2), 7);
    }
}

TEST(what_lands)
{
    for (unsigned i = 0; i < 5; i++) {
        enum mode m = modes[i];
        note(m);
        EXPECT_VALUE(run_enabled(m, jump, pad, 0), 7);
        EXPECT_FAULT(run_enabled(m, jump, no_pad, 0), .epc = (u64)no_pad);
        EXPECT_FAULT(run_enabled(m, jump, other_auipc, 0), .epc = (u64)other_auipc);
        /* before an illegal instruction */
        EXPECT_FAULT(run_enabled(m, jump, illegal, 0), .epc = (u64)illegal);
        /* 4-byte alignment */
        EXPECT_FAULT(run_enabled(m, jump, (u8 *)pad_at_2 + 2, 0), .epc = (u64)pad_at_2 + 2);
    }
}

/* The label is bits 31:12 of x7; one of 0 fits all. */
TEST(labels)
{
    for (unsigned i = 0; i < 5; i++) {
        enum mode m = modes[i];
        note(m);
        EXPECT_VALUE(run_enabled(m, jump, labelled_pad, LABEL << 12), 7);
        EXPECT_VALUE(run_enabled(m, jump, labelled_pad, ~MASK(31, 12) | LABEL << 12), 7);
        EXPECT_VALUE(run_enabled(m, jump, pad, LABEL << 12), 7);
        for (unsigned bit = 12; bit < 32; bit++)
            EXPECT_FAULT(run_enabled(m, jump, labelled_pad, LABEL << 12 ^ BIT(bit)),
                         .epc = (u64)labelled_pad);
        EXPECT_FAULT(run_enabled(m, jump, labelled_pad, 0), .epc = (u64)labelled_pad);
    }
}

/* Not reached by an indirect jump, lpad does nothing, whatever its label and place. */
TEST(unexpected_pads)
{
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_VALUE(run_enabled(modes[i], labelled_pad, 0, 0), 7);
        EXPECT_VALUE(run_enabled(modes[i], pad_at_2, 0, 0), 7);
    }
}

/* x1, x5 and x7 as the source, and direct jumps, expect nothing; others do. */
TEST(which_jumps)
{
    static const u32 *const free[] = {by_x1, by_x5, by_x7, direct};
    static const u32 *const checked[] = {jump, c_jump, c_call, call_by_t0, by_x6, by_x31};

    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < 4; k++) {
            note(modes[i] << 4 | k);
            EXPECT_VALUE(run_enabled(modes[i], free[k], no_pad, 0), 7);
        }
        for (unsigned k = 0; k < 6; k++) {
            note(modes[i] << 4 | k);
            EXPECT_FAULT(run_enabled(modes[i], checked[k], no_pad, 0), .epc = (u64)no_pad);
            EXPECT_VALUE(run_enabled(modes[i], checked[k], pad, 0), 7);
        }
    }
}

/* ---- traps ---- */

/* The previous state is kept, and is that of the software check itself too. */
TEST(traps_to_m)
{
    for (unsigned i = 0; i < 5; i++) {
        note(modes[i]);
        struct trap t = run_enabled(modes[i], jump, no_pad, 0);
        CHECK_EQ(t.status & MPELP, MPELP);
        t = run_enabled(modes[i], no_pad, 0, 0);
        EXPECT_VALUE(t, 7);
        t = run_enabled(modes[i], illegal, 0, 0);
        EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        CHECK_EQ(t.status & MPELP, 0);
        /* a fetch fault of the target comes first */
        t = run_enabled(modes[i], by_x0, 0, 0);
        EXPECT_TRAP(t, LEVEL_M, .cause = FETCH_ACCESS, .epc = ANY, .tval = 0,
                    .gva = modes[i] >= VU_MODE);
        CHECK_EQ(t.epc, 0);
        CHECK_EQ(t.status & MPELP, MPELP);
    }
}

TEST(traps_to_hs_and_vs)
{
    csr_write(medeleg, BIT(SOFTWARE_CHECK));
    struct trap t = run_enabled(U_MODE, jump, no_pad, 0);
    EXPECT_TRAP(t, LEVEL_HS, .cause = SOFTWARE_CHECK, .tval = 2, .epc = (u64)no_pad);
    CHECK_EQ(t.status & SPELP, SPELP);
    CHECK_EQ(csr_read(vsstatus) & SPELP, 0);
    csr_clear(mstatus, SPELP);
    t = run_enabled(VS_MODE, jump, no_pad, 0);
    EXPECT_TRAP(t, LEVEL_HS, .cause = SOFTWARE_CHECK, .tval = 2, .epc = (u64)no_pad);
    CHECK_EQ(t.status & SPELP, SPELP);
    csr_clear(mstatus, SPELP | MPELP);
    csr_write(hedeleg, BIT(SOFTWARE_CHECK));
    t = run_enabled(VU_MODE, jump, no_pad, 0);
    EXPECT_TRAP(t, LEVEL_VS, .cause = SOFTWARE_CHECK, .tval = 2, .epc = (u64)no_pad);
    CHECK_EQ(t.status & SPELP, SPELP);
    CHECK_EQ(csr_read(mstatus) & SPELP, 0);
    csr_clear(vsstatus, SPELP);
    /* a trap that finds nothing expected clears the field */
    csr_set(vsstatus, SPELP);
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION));
    t = run(VU_MODE, illegal);
    EXPECT_TRAP(t, LEVEL_VS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.status & SPELP, 0);
}

/* ---- returns ---- */

/* MRET expects what MPELP says, if the new mode's landing pads are on, and clears MPELP. */
TEST(mret)
{
    for (unsigned i = 0; i < 5; i++) {
        note(modes[i]);
        csr_set(mstatus, MPELP);
        EXPECT_FAULT(run_enabled(modes[i], no_pad, 0, 0));
        csr_set(mstatus, MPELP);
        EXPECT_VALUE(run_enabled(modes[i], pad, 0, 0), 7);
        enable(modes[i] == M_MODE ? U_MODE : M_MODE);
        csr_clear(0x747, MLPE);
        csr_set(mstatus, MPELP);
        EXPECT_VALUE(run(modes[i], no_pad), 7);
    }
    csr_set(mstatus, MPELP);
    CHECK_EQ(run(M_MODE, read_mstatus).value & MPELP, 0);
    enable(M_MODE);
    csr_set(mstatus, MPELP);
    struct trap t = run(M_MODE, pad_and_read_mstatus);
    csr_clear(0x747, MLPE);
    CHECK_EQ(t.level, NOT_TAKEN);
    CHECK_EQ(t.value & MPELP, 0);
}

/* An interrupt taken at once has it again. */
TEST(interrupted)
{
    csr_write(mie, BIT(MSI));
    CLINT_MSIP = 1;
    csr_set(mstatus, MPELP);
    struct trap t = run_enabled(U_MODE, pad, 0, 0);
    EXPECT_TRAP(t, LEVEL_M, .cause = INTERRUPT | MSI);
    CHECK_EQ(t.status & MPELP, MPELP);
    t = run_enabled(U_MODE, pad, 0, 0);
    CHECK_EQ(t.status & MPELP, 0);
    CLINT_MSIP = 0;
}

/* SRET, in HS to U and VU by senvcfg, to S and VS by their own; in VS likewise. */
TEST(sret)
{
    for (unsigned i = 0; i < 5; i++) {
        enum mode to = modes[i];
        if (to == M_MODE) continue;
        for (unsigned pad_there = 0; pad_there < 2; pad_there++) {
            note(to << 4 | pad_there);
            csr_clear(sstatus, STATUS_SPP);
            csr_clear(hstatus, HSTATUS_SPV);
            if (to & 1) csr_set(sstatus, STATUS_SPP);
            if (to & 4) csr_set(hstatus, HSTATUS_SPV);
            enable(to);
            struct trap t = run(S_MODE, do_sret, pad_there ? pad : no_pad, SPELP);
            t.hstatus_before = t.hstatus; /* the return has changed it */
            csr_clear(mstatus, MPELP);
            if (pad_there)
                EXPECT_VALUE(t, 7);
            else
                EXPECT_FAULT(t, .epc = (u64)no_pad, .from_set = true, .from = to);
            CHECK_EQ(csr_read(sstatus) & SPELP, 0);
        }
        enable(VS_MODE); /* off in the new mode, U */
        csr_clear(sstatus, STATUS_SPP);
        EXPECT_VALUE(run(S_MODE, do_sret, no_pad, SPELP), 7);
        CHECK_EQ(csr_read(sstatus) & SPELP, 0);
    }
}

TEST(sret_of_vs)
{
    for (unsigned user = 0; user < 2; user++) {
        enum mode to = user ? VU_MODE : VS_MODE;
        csr_clear(vsstatus, STATUS_SPP);
        if (!user) csr_set(vsstatus, STATUS_SPP);
        enable(to);
        EXPECT_FAULT(run(VS_MODE, do_sret, no_pad, SPELP), .epc = (u64)no_pad, .from_set = true,
                     .from = to);
        csr_clear(mstatus, MPELP);
        if (!user) csr_set(vsstatus, STATUS_SPP);
        EXPECT_VALUE(run(VS_MODE, do_sret, pad, SPELP), 7);
        CHECK_EQ(csr_read(vsstatus) & SPELP, 0);
    }
}

/* A loop of indirect calls, long enough for what a fast simulator does with code it has seen. */
SNIPPET(many_calls, "mv t3, ra\nli t1, 1000\nli t4, 0\n1: mv t2, a1\njalr a0\nadd t4, t4, a2\n"
                    "mv a0, s0\naddi t1, t1, -1\nbnez t1, 1b\nmv ra, t3\nmv a0, t4");
SNIPPET(callee, LPAD_L "mv s0, a0");
SNIPPET(late_fault, "mv t3, ra\nli t1, 1000\n1: mv t2, a1\naddi t1, t1, -1\n"
                    "bnez t1, 2f\nli t2, 0\n2: jalr a0\nmv a0, s0\nj 1b");
TEST(many)
{
    EXPECT_VALUE(run_enabled(S_MODE, many_calls, callee, LABEL << 12), 0);
    EXPECT_FAULT(run_enabled(S_MODE, late_fault, callee, LABEL << 12), .epc = (u64)callee);
    EXPECT_VALUE(run(U_MODE, many_calls, callee), 0);
}
