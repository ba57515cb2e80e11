/* Registers of M and S that have no file of their own: identity, misa, causes, the floating-point
 * state, counters, FIOM (priv. spec 3.1, 12.1). What each register keeps, and who may reach it, is
 * in tests/host/test_csr.c and test_csr_verdict.c. */
#include "harness.h"
#include "paging.h"

/* Vendor, architecture, implementation and hart are numbers, 0 among them; the pointer to the
 * configuration structure is aligned to MXLEN bits. */
TEST(identity)
{
    SNIPPET(write_mvendorid, "csrw mvendorid, a0");
    SNIPPET(write_marchid, "csrw marchid, a0");
    SNIPPET(write_mimpid, "csrw mimpid, a0");
    SNIPPET(write_mhartid, "csrw mhartid, a0");
    SNIPPET(write_mconfigptr, "csrw mconfigptr, a0");
    SNIPPET(read_all, "csrr t0, mvendorid\ncsrr t0, marchid\ncsrr t0, mimpid\ncsrr t0, mhartid\n"
                      "csrr a0, mconfigptr");
    static const u32 *const writes[] = {write_mvendorid, write_marchid, write_mimpid, write_mhartid,
                                        write_mconfigptr};

    EXPECT_RETURN(run(M_MODE, read_all));
    CHECK_EQ(run(M_MODE, read_all).value & 7, 0);
    CHECK_EQ(csr_read(mvendorid) >> 32, 0);
    CHECK_EQ(csr_read(mhartid), 0); /* one hart has the number 0: with one, it */
    for (unsigned i = 0; i < 5; i++) {
        note(i);
        EXPECT_TRAP(run(M_MODE, writes[i]), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    }
}

/* misa is WARL and MXL read-only: whatever is written, XLEN and the base stay, and no reserved
 * letter appears. C is kept on here: without it this very code would be misaligned. */
TEST(misa)
{
    u64 before = csr_read(misa), reserved = BIT(6) | MASK(11, 9) | MASK(15, 14) | BIT(17) |
                                            BIT(19) | BIT(22) | MASK(25, 24) | MASK(61, 26);

    CHECK_EQ(before & reserved, 0);
    CHECK_EQ(before & (BIT(4) | BIT(8)), BIT(8)); /* I, not E */
    csr_write(misa, ~0ull);
    CHECK_EQ(csr_read(misa) & (reserved | MASK(63, 62) | BIT(4) | BIT(8)), BIT(63) | BIT(8));
    csr_write(misa, (before ^ MASK(63, 62)) | BIT(4)); /* MXL = 1, and E */
    CHECK_EQ(csr_read(misa) & (MASK(63, 62) | BIT(4) | BIT(8)), BIT(63) | BIT(8));
    csr_write(misa, before);
    CHECK_EQ(csr_read(misa), before);
}

/* scause holds at least 0 to 31, with and without the interrupt bit. */
TEST(causes)
{
    for (u64 code = 0; code < 32; code++) {
        CHECK_EQ(csr_write_read(scause, code), code);
        CHECK_EQ(csr_write_read(scause, INTERRUPT | code), INTERRUPT | code);
        CHECK_EQ(csr_write_read(vscause, code), code);
    }
}

/* ---- the floating-point state ---- */

static void set_fs(u64 state)
{
    csr_clear(mstatus, STATUS_FS);
    csr_set(mstatus, state);
}

/* FS is a word about the state, no command to it. */
TEST(fs_leaves_the_registers)
{
    SNIPPET(put, "fmv.d.x f0, a0\nfmv.d.x f31, a1\nfscsr a2");
    SNIPPET(get, "fmv.x.d a0, f0\nfmv.x.d t0, f31\nfrcsr t1\nxor a0, a0, t0\nxor a0, a0, t1");
    static const u64 states[] = {0, FS_INITIAL, FS_CLEAN, STATUS_FS};

    for (unsigned i = 0; i < 4; i++) {
        set_fs(STATUS_FS);
        EXPECT_RETURN(run(M_MODE, put, 0x1111222233334444, 0x0000222200004444, 0x65));
        set_fs(states[i]);
        set_fs(FS_CLEAN);
        note(i);
        EXPECT_VALUE(run(M_MODE, get), 0x1111000033330065);
    }
}

/* What writes a register or fcsr makes the state dirty, in every mode; flags alone do so as well.
 */
TEST(what_makes_fs_dirty)
{
    static u64 word;
    SNIPPET(load, "fld f1, (a0)");
    SNIPPET(load_single, "flw f1, (a0)");
    SNIPPET(move, "fmv.w.x f1, a0");
    SNIPPET(convert, "fcvt.d.l f1, a0");
    SNIPPET(add, "fadd.d f2, f1, f1");
    SNIPPET(sign, "fsgnjn.s f2, f2, f2");
    SNIPPET(compressed, ".option rvc\nc.fld fa0, 0(a0)\nnop\n.option norvc");
    SNIPPET(write_fcsr, "csrwi fcsr, 1");
    SNIPPET(write_frm, "csrwi frm, 1");
    SNIPPET(set_fflags, "csrsi fflags, 2");
    SNIPPET(only_flags, "fcvt.l.d t0, f3"); /* f3 is a NaN: NV */
    static const u32 *const code[] = {load,      load_single, move,       convert,
                                      add,       sign,        compressed, write_fcsr,
                                      write_frm, set_fflags,  only_flags};
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE};
    SNIPPET(prepare, "fmv.d.x f1, zero\nli t0, -1\nfmv.d.x f3, t0\nfscsr zero");

    for (unsigned k = 0; k < 33; k++) {
        set_fs(FS_INITIAL);
        EXPECT_RETURN(run(M_MODE, prepare));
        set_fs(k & 1 ? FS_INITIAL : FS_CLEAN);
        CHECK_EQ(csr_read(mstatus) >> 63, 0);
        note(k);
        EXPECT_RETURN(run(modes[k / 11], code[k % 11], &word));
        CHECK_EQ(csr_read(mstatus) & (STATUS_FS | STATUS_SD), STATUS_FS | STATUS_SD);
    }
}

/* SD cannot be written: it sums up. XS is for state that is not there. */
TEST(sd_and_xs)
{
    set_fs(FS_CLEAN);
    csr_set(mstatus, STATUS_SD | MASK(16, 15));
    CHECK_EQ(csr_read(mstatus) & (STATUS_SD | MASK(16, 15)), 0);
    set_fs(STATUS_FS);
    csr_clear(mstatus, STATUS_SD);
    CHECK_EQ(csr_read(mstatus) >> 63, 1);
}

/* ---- counters ---- */

/* A write takes effect after the instruction that makes it. */
TEST(mcycle)
{
    SNIPPET(write_and_read, "csrw mcycle, a0\ncsrr a0, mcycle");
    u64 after = run(M_MODE, write_and_read, BIT(40)).value;
    CHECK_EQ(after >= BIT(40) && after < BIT(40) + BIT(30), 1);
    after = run(M_MODE, write_and_read, 5).value;
    CHECK_EQ(after >= 5 && after < BIT(30), 1);
}

/* Closed to those below, they count there all the same. */
TEST(closed_counters_count)
{
    SNIPPET(read_instret, "csrr a0, instret");
    SNIPPET(twenty, ".rept 20\nnop\n.endr");

    csr_write(mcounteren, 0);
    EXPECT_TRAP(run(S_MODE, read_instret), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    u64 instret = csr_read(minstret), cycle = csr_read(mcycle);
    EXPECT_RETURN(run(S_MODE, twenty));
    CHECK_EQ(csr_read(minstret) - instret >= 20, 1);
    CHECK_EQ(csr_read(mcycle) > cycle, 1);
}

/* Inhibited, they can be read by whoever may. */
TEST(inhibited_counters_are_readable)
{
    SNIPPET(read_both, "csrr a0, cycle\ncsrr t0, instret\nadd a0, a0, t0");

    csr_write(mcounteren, 5);
    csr_write(scounteren, 5);
    csr_write(mcountinhibit, 5);
    csr_write(mcycle, 100);
    csr_write(minstret, 20);
    EXPECT_VALUE(run(S_MODE, read_both), 120);
    EXPECT_VALUE(run(U_MODE, read_both), 120);
    csr_write(mcountinhibit, 0);
}

/* ---- FIOM ---- */

/* FENCE with every PI, PO, SI, SO is there below M whatever FIOM says. That it orders more is not
 * to be seen on a hart that does all in order; nor is what an atomic with aq and rl orders. */
TEST(fiom)
{
    SNIPPET(fences,
            ".irp n,0,1,2,4,8,3,5,9,6,10,12,7,11,13,14,15\n"
            ".word 0x0000000f | \\n << 24 | 15 << 20\n.word 0x0000000f | 15 << 24 | \\n << 20\n"
            ".endr\nli a0, 5");
    SNIPPET(atomics, "amoadd.d.aq t0, a1, (a0)\namoadd.d.rl t0, a1, (a0)\n"
                     "amoadd.d.aqrl t0, a1, (a0)\nld a0, (a0)");
    static u64 word;

    for (unsigned k = 0; k < 4; k++) {
        csr_write(menvcfg, k & 1 ? ENVCFG_FIOM : 0);
        csr_write(senvcfg, k & 2 ? ENVCFG_FIOM : 0);
        note(k);
        CHECK_EQ(csr_read(menvcfg) & ENVCFG_FIOM, k & 1 ? ENVCFG_FIOM : 0);
        CHECK_EQ(csr_read(senvcfg) & ENVCFG_FIOM, k & 2 ? ENVCFG_FIOM : 0);
        EXPECT_VALUE(run(S_MODE, fences), 5);
        EXPECT_VALUE(run(U_MODE, fences), 5);
        word = 0;
        EXPECT_VALUE(run(S_MODE, atomics, &word, 1), 3);
        EXPECT_VALUE(run(U_MODE, atomics, &word, 1), 6);
    }
}

/* The enables of cache-block instructions can be written whatever those of other levels hold. */
TEST(enables_of_blocks_are_independent)
{
    u64 all = ENVCFG_CBZE | ENVCFG_CBCFE | CBIE_INVAL;

    for (unsigned k = 0; k < 8; k++) {
        csr_write(menvcfg, k & 1 ? all : 0);
        csr_write(henvcfg, k & 2 ? all : 0);
        csr_write(senvcfg, k & 4 ? all : 0);
        note(k);
        CHECK_EQ(csr_read(menvcfg) & all, k & 1 ? all : 0);
        CHECK_EQ(csr_read(henvcfg) & all, k & 2 ? all : 0);
        CHECK_EQ(csr_read(senvcfg) & all, k & 4 ? all : 0);
    }
}

/* ---- a reservation over a return ---- */

/* MRET and SRET may clear it or not; but SC's word and the memory must agree. */
TEST(reservation_over_a_return)
{
    SNIPPET(over_mret, "la t1, 1f\ncsrw mepc, t1\nli t1, 0x1800\ncsrs mstatus, t1\nlr.d t0, (a0)\n"
                       "mret\n1: sc.d a0, a1, (a0)");
    SNIPPET(over_sret, "la t1, 1f\ncsrw sepc, t1\nli t1, 0x100\ncsrs sstatus, t1\nlr.d t0, (a0)\n"
                       "sret\n1: sc.d a0, a1, (a0)");
    static u64 word;

    for (unsigned k = 0; k < 2; k++) {
        word = 7;
        struct trap t = run(k ? S_MODE : M_MODE, k ? over_sret : over_mret, &word, 8);
        note(k);
        EXPECT_RETURN(t);
        CHECK_EQ(word, t.value == 0 ? 8 : 7);
    }
}
