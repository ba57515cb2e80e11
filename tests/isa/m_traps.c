/* Traps without the guest: delegation M to S, returns, MPRV, TVM, TW, TSR, causes and trap values
 * (priv. spec, machine and supervisor levels). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(do_ecall, "ecall");
SNIPPET(do_ebreak, "ebreak");
SNIPPET(do_illegal, ".word 0xffffffff");
SNIPPET_C(do_c_ebreak, "c.ebreak");
SNIPPET_C(do_c_illegal, ".half 0");
SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_sd, "sd a1, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_wfi, "wfi");
SNIPPET(do_sret, "sret");
SNIPPET(do_sfence, "sfence.vma");
SNIPPET(read_satp, "csrr a0, satp");

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE};

TEST(illegal_instructions)
{
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_TRAP(run(modes[i], do_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        EXPECT_TRAP(run(modes[i], do_c_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                    .tval = BITS);
    }
    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(U_MODE, do_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, do_c_illegal), LEVEL_HS, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, do_illegal), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(breakpoints)
{
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_TRAP(run(modes[i], do_ebreak), LEVEL_M, .cause = BREAKPOINT, .tval = (u64)do_ebreak);
        EXPECT_TRAP(run(modes[i], do_c_ebreak), LEVEL_M, .cause = BREAKPOINT,
                    .tval = (u64)do_c_ebreak);
    }
}

/* A jump that would clear bit 0 is fine; with C there is no misaligned fetch. */
TEST(jump_targets)
{
    SNIPPET(jump_odd, "mv t3, ra\nla t0, 1f\naddi t0, t0, 1\njalr t0\n1: mv ra, t3\nli a0, 9");
    EXPECT_VALUE(run(S_MODE, jump_odd), 9);
}

TEST(access_faults)
{
    static const u64 nowhere = 0x1000000000; /* no memory and no device */

    csr_write(medeleg, 0);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_TRAP(run(modes[i], do_ld, nowhere), LEVEL_M, .cause = LOAD_ACCESS, .tval = nowhere);
        EXPECT_TRAP(run(modes[i], do_sd, nowhere), LEVEL_M, .cause = STORE_ACCESS, .tval = nowhere);
        EXPECT_TRAP(run(modes[i], do_jump, nowhere), LEVEL_M, .cause = FETCH_ACCESS, .epc = nowhere,
                    .tval = nowhere);
    }
}

TEST(medeleg_bit_by_bit)
{
    csr_write(medeleg, BIT(LOAD_ACCESS));
    EXPECT_TRAP(run(S_MODE, do_ld, 8), LEVEL_HS, .cause = LOAD_ACCESS, .tval = 8);
    EXPECT_TRAP(run(S_MODE, do_sd, 8), LEVEL_M, .cause = STORE_ACCESS, .tval = 8);
    csr_write(medeleg, BIT(STORE_ACCESS) | BIT(FETCH_ACCESS));
    EXPECT_TRAP(run(U_MODE, do_sd, 8), LEVEL_HS, .cause = STORE_ACCESS, .tval = 8);
    EXPECT_TRAP(run(U_MODE, do_jump, 8), LEVEL_HS, .cause = FETCH_ACCESS, .epc = 8, .tval = 8);
    EXPECT_TRAP(run(U_MODE, do_ld, 8), LEVEL_M, .cause = LOAD_ACCESS, .tval = 8);
}

/* Trap to S: SPIE = SIE, SIE = 0, SPP; mstatus' M-level fields stay. */
TEST(interrupt_enable_stack)
{
    csr_write(medeleg, BIT(ECALL_U));
    for (unsigned sie = 0; sie < 2; sie++) {
        csr_clear(mstatus, STATUS_SIE | STATUS_SPIE);
        csr_set(mstatus, sie ? STATUS_SIE : STATUS_SPIE);
        struct trap t = run(U_MODE, do_ecall);
        EXPECT_TRAP(t, LEVEL_HS, .cause = ECALL_U);
        CHECK_EQ(t.status & (STATUS_SIE | STATUS_SPIE), sie ? STATUS_SPIE : 0);
    }
    csr_set(mstatus, STATUS_MPIE);
    csr_write(medeleg, 0);
    struct trap t = run(U_MODE, do_ecall); /* mret made MIE = 1 */
    CHECK_EQ(t.status & (STATUS_MIE | STATUS_MPIE), STATUS_MPIE);
}

/* ---- TVM, TW, TSR ---- */

TEST(tvm)
{
    EXPECT_RETURN(run(S_MODE, read_satp));
    EXPECT_RETURN(run(S_MODE, do_sfence));
    csr_set(mstatus, STATUS_TVM);
    EXPECT_TRAP(run(S_MODE, read_satp), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, do_sfence), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_RETURN(run(M_MODE, read_satp));
    EXPECT_RETURN(run(M_MODE, do_sfence));
}

TEST(tw)
{
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI)); /* WFI has something to find */
    csr_write(mideleg, BIT(SSI));
    EXPECT_RETURN(run(S_MODE, do_wfi));
    csr_set(mstatus, STATUS_TW);
    EXPECT_RETURN(run(M_MODE, do_wfi));
    csr_write(mie, 0);
    csr_write(mip, 0);
    EXPECT_TRAP(run(S_MODE, do_wfi), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(U_MODE, do_wfi), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* With something pending WFI may end in time or trap all the same. Its own level decides: M never
 * traps. */
TEST(tw_with_an_interrupt_pending)
{
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    csr_write(mideleg, BIT(SSI));
    csr_set(mstatus, STATUS_TW);
    EXPECT_RETURN(run(M_MODE, do_wfi));
    struct trap t = run(S_MODE, do_wfi);
    if (t.level == NOT_TAKEN)
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* In U, with S-mode there, WFI traps at least once its time is over; at once is allowed. */
TEST(wfi_in_u)
{
    EXPECT_TRAP(run(U_MODE, do_wfi), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(tsr)
{
    csr_write(sepc, do_ecall);
    csr_set(sstatus, STATUS_SPP);
    struct trap t = run(S_MODE, do_sret);
    CHECK_EQ(t.cause, ECALL_S);
    csr_set(mstatus, STATUS_TSR);
    EXPECT_TRAP(run(S_MODE, do_sret), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    t = run(M_MODE, do_sret);
    CHECK_EQ(t.level, LEVEL_M);
    CHECK_EQ(t.epc, (u64)do_ecall);
    EXPECT_TRAP(run(U_MODE, do_sret), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* ---- MPRV ---- */

SNIPPET(load_as, "li t0, 0x8000021800\ncsrc mstatus, t0\ncsrs mstatus, a1\n"
                 ".globl load_as_access\nload_as_access: ld a0, (a0)\n"
                 "li t0, 0x20000\ncsrc mstatus, t0");
extern const u32 load_as_access[];

TEST(mprv)
{
    struct table *t = use_satp(SV39);
    u64 *word = (u64 *)new_pages(1);

    *word = 0x66;
    pt_map(t, 0x1234000, (u64)word, 0, LEAF_S);
    EXPECT_VALUE(run(M_MODE, load_as, 0x1234000, STATUS_MPRV | MPP_S), 0x66);
    EXPECT_TRAP(run(M_MODE, load_as, 0x1234000, STATUS_MPRV), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .epc = (u64)load_as_access, .tval = 0x1234000);
    EXPECT_TRAP(run(M_MODE, load_as, 0x1234000, MPP_S), LEVEL_M, .cause = LOAD_ACCESS,
                .epc = (u64)load_as_access, .tval = 0x1234000);               /* MPRV = 0 */
    EXPECT_VALUE(run(M_MODE, load_as, word, STATUS_MPRV | STATUS_MPP), 0x66); /* as M: bare */
    pt_map(t, 0x1234000, (u64)word, 0, LEAF_U);
    EXPECT_VALUE(run(M_MODE, load_as, 0x1234000, STATUS_MPRV), 0x66);
    EXPECT_TRAP(run(M_MODE, load_as, 0x1234000, STATUS_MPRV | MPP_S), LEVEL_M,
                .cause = LOAD_PAGE_FAULT, .epc = (u64)load_as_access, .tval = 0x1234000);
}

/* SUM and MXR govern MPRV's accesses as well. */
TEST(mprv_with_sum_and_mxr)
{
    struct table *t = use_satp(SV39);
    u64 *word = (u64 *)new_pages(1);

    *word = 0x67;
    pt_map(t, 0x1234000, (u64)word, 0, LEAF_U & ~PTE_RW);
    csr_set(mstatus, STATUS_SUM | STATUS_MXR);
    EXPECT_VALUE(run(M_MODE, load_as, 0x1234000, STATUS_MPRV | MPP_S), 0x67);
    csr_clear(mstatus, STATUS_MXR);
    EXPECT_TRAP(run(M_MODE, load_as, 0x1234000, STATUS_MPRV | MPP_S), LEVEL_M,
                .cause = LOAD_PAGE_FAULT, .epc = (u64)load_as_access, .tval = 0x1234000);
}

/* ---- CSRs ---- */

TEST(csr_privilege)
{
    SNIPPET(read_mstatus, "csrr a0, mstatus");
    SNIPPET(read_sstatus, "csrr a0, sstatus");
    SNIPPET(write_read_only, "csrw mvendorid, a0");
    SNIPPET(set_read_only, "csrrs a0, mvendorid, zero"); /* no write: fine */
    SNIPPET(set_read_only_bit, "csrrs a0, mvendorid, a1");
    SNIPPET(read_nothing, "csrr a0, 0x5ff");

    EXPECT_RETURN(run(M_MODE, read_mstatus));
    EXPECT_TRAP(run(S_MODE, read_mstatus), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(U_MODE, read_mstatus), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(U_MODE, read_sstatus), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(M_MODE, write_read_only), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_RETURN(run(M_MODE, set_read_only));
    EXPECT_TRAP(run(M_MODE, set_read_only_bit), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                .tval = BITS);
    EXPECT_TRAP(run(M_MODE, read_nothing), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* A CSR instruction that traps writes neither the CSR nor rd. */
TEST(trapping_csr_instructions_have_no_effect)
{
    SNIPPET(swap_satp, "csrrw a0, satp, a1");
    SNIPPET(swap_fcsr, "csrrw a0, fcsr, a1");
    SNIPPET(swap_mscratch, "csrrw a0, mscratch, a1");

    csr_set(mstatus, STATUS_TVM);
    EXPECT_TRAP(run(S_MODE, swap_satp, 0x55, ATP(SV39, 0, 0x80400000)), LEVEL_M,
                .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(csr_read(satp), 0);
    csr_write(fcsr, 3);
    csr_clear(mstatus, STATUS_FS);
    struct trap t = run(M_MODE, swap_fcsr, 0x55, 0xff);
    EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    CHECK_EQ(t.value, 0x55);
    csr_set(mstatus, FS_INITIAL);
    CHECK_EQ(csr_read(fcsr), 3);
    csr_write(mscratch, 0x77);
    t = run(S_MODE, swap_mscratch, 0x55, 0xff);
    CHECK_EQ(t.value, 0x55);
    CHECK_EQ(csr_read(mscratch), 0x77);
}

/* sstatus shows S-level fields of mstatus and no other. */
TEST(sstatus_is_a_view)
{
    u64 s_level = STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS | STATUS_SUM | STATUS_MXR;

    csr_set(mstatus, s_level | STATUS_TVM | STATUS_TW | STATUS_TSR | STATUS_MPIE);
    CHECK_EQ(csr_read(sstatus) & s_level, s_level);
    CHECK_EQ(csr_read(sstatus) & (STATUS_TVM | STATUS_TW | STATUS_TSR | STATUS_MPIE | STATUS_MPP),
             0);
    csr_clear(sstatus, s_level | STATUS_TVM | STATUS_TW | STATUS_TSR);
    CHECK_EQ(csr_read(mstatus) & s_level, 0);
    CHECK_EQ(csr_read(mstatus) & (STATUS_TVM | STATUS_TW | STATUS_TSR),
             STATUS_TVM | STATUS_TW | STATUS_TSR);
    CHECK_EQ(csr_read(sstatus) >> 63, 0); /* SD, as FS = 0 */
}

/* sie and sip show what mideleg grants. */
TEST(sie_and_sip_are_views)
{
    csr_write(mideleg, BIT(SSI) | BIT(STI));
    csr_write(mie, BIT(SSI) | BIT(STI) | BIT(SEI) | BIT(MTI));
    CHECK_EQ(csr_read(sie), BIT(SSI) | BIT(STI));
    csr_write(sie, BIT(SEI) | BIT(MSI));
    CHECK_EQ(csr_read(mie), BIT(SEI) | BIT(MTI));
    csr_write(mip, BIT(SSI) | BIT(STI) | BIT(SEI));
    CHECK_EQ(csr_read(sip), BIT(SSI) | BIT(STI));
    csr_write(sip, 0); /* SSIP alone is writable there */
    CHECK_EQ(csr_read(mip) & (BIT(SSI) | BIT(STI) | BIT(SEI)), BIT(STI) | BIT(SEI));
    csr_write(mideleg, 0);
    csr_write(sip, BIT(SSI));
    CHECK_EQ(csr_read(mip) & BIT(SSI), 0);
}

TEST(mepc_and_mtvec)
{
    csr_write(mepc, 0x80000003);
    CHECK_EQ(csr_read(mepc), 0x80000002);
    csr_write(sepc, 0x80000001);
    CHECK_EQ(csr_read(sepc), 0x80000000);
    csr_write(stvec, 0x80000101);
    CHECK_EQ(csr_read(stvec), 0x80000101);
    csr_write(stvec, 0x80000200);
    CHECK_EQ(csr_read(stvec), 0x80000200);
}

/* MPP is WARL: 2 is not a mode. */
TEST(mpp_is_warl)
{
    csr_set(mstatus, STATUS_MPP);
    csr_clear(mstatus, BIT(11));
    CHECK_EQ((csr_read(mstatus) & STATUS_MPP) >> 11 != 2, 1);
}

TEST(vectored)
{
    csr_write(mtvec, (u64)vector_table | 1);
    csr_write(mie, BIT(SSI));
    csr_set(mip, BIT(SSI));
    struct trap t = run(S_MODE, do_nothing);
    EXPECT_TRAP(t, LEVEL_M, .cause = INTERRUPT | SSI);
    CHECK_EQ(t.vector - 4 - (u64)vector_table, 4 * SSI);
    csr_write(mie, 0);
    t = run(S_MODE, do_ebreak);
    CHECK_EQ(t.vector - 4, (u64)vector_table);
    csr_write(mtvec, trap_m);
}

/* Turned off and on by the mode itself. */
TEST(floating_point_switched_on_the_way)
{
    SNIPPET(off_then_move, "li t0, 0x6000\ncsrc sstatus, t0\n.globl s_move\n"
                           "s_move: fmv.d.x fa0, a0");
    SNIPPET(on_then_move, "li t0, 0x2000\ncsrs sstatus, t0\nfmv.d.x fa0, a0");
    extern const u32 s_move[];

    EXPECT_TRAP(run(S_MODE, off_then_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS,
                .epc = (u64)s_move);
    EXPECT_RETURN(run(S_MODE, on_then_move));
}

/* FS off: FP instructions and FP CSRs are illegal; using them makes FS dirty. */
TEST(floating_point_state)
{
    SNIPPET(fp_move, "fmv.d.x fa0, a0");
    SNIPPET(read_fcsr, "frcsr a0");
    SNIPPET(set_flag, "li t0, 0\nfmv.d.x fa0, t0\nfsflags zero");
    for (unsigned i = 0; i < 3; i++) {
        csr_clear(mstatus, STATUS_FS);
        EXPECT_TRAP(run(modes[i], fp_move), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        EXPECT_TRAP(run(modes[i], read_fcsr), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        csr_set(mstatus, FS_CLEAN);
        EXPECT_RETURN(run(modes[i], fp_move));
        CHECK_EQ(csr_read(mstatus) & STATUS_FS, STATUS_FS);
        CHECK_EQ(csr_read(mstatus) >> 63, 1);
        csr_clear(mstatus, STATUS_FS);
        csr_set(mstatus, FS_CLEAN);
        EXPECT_RETURN(run(modes[i], set_flag));
        CHECK_EQ(csr_read(mstatus) & STATUS_FS, STATUS_FS);
    }
}
