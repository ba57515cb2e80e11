/* Zicsr, Zifencei, Zicntr and Zihpm, Zicbom, Zicboz, Zicbop, Zawrs. */
#include "harness.h"
#include "paging.h"

/* ---- Zicsr ---- */

TEST(csr_instructions)
{
    SNIPPET(swap, "csrrw a0, mscratch, a0");
    SNIPPET(set, "csrrs a0, mscratch, a0");
    SNIPPET(clear, "csrrc a0, mscratch, a0");
    SNIPPET(swap_imm, "csrrwi a0, mscratch, 31");
    SNIPPET(set_imm, "csrrsi a0, mscratch, 16");
    SNIPPET(clear_imm, "csrrci a0, mscratch, 3");
    SNIPPET(write_only, "csrrw x0, mscratch, a0");

    csr_write(mscratch, 0xf0f0f0f0f0f0f0f0);
    EXPECT_VALUE(run(M_MODE, swap, 0xff), 0xf0f0f0f0f0f0f0f0);
    EXPECT_VALUE(run(M_MODE, set, 0x8000000000000f00), 0xff);
    EXPECT_VALUE(run(M_MODE, clear, 0xf), 0x8000000000000fff);
    EXPECT_VALUE(run(M_MODE, swap_imm), 0x8000000000000ff0);
    EXPECT_VALUE(run(M_MODE, clear_imm), 31);
    EXPECT_VALUE(run(M_MODE, set_imm), 28);
    EXPECT_RETURN(run(M_MODE, write_only, 0x77));
    CHECK_EQ(csr_read(mscratch), 0x77);
}

/* rs1 = x0 or a zero immediate: a read. rs1 holding 0: still a write. */
TEST(read_only_csrs)
{
    SNIPPET(set_x0, "csrrs a0, mhartid, x0");
    SNIPPET(clear_imm_0, "csrrci a0, mhartid, 0");
    SNIPPET(set_zero_value, "li t0, 0\ncsrrs a0, mhartid, t0");
    SNIPPET(swap_x0, "csrrw a0, mhartid, x0");
    EXPECT_VALUE(run(M_MODE, set_x0), 0);
    EXPECT_VALUE(run(M_MODE, clear_imm_0), 0);
    EXPECT_TRAP(run(M_MODE, set_zero_value), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS,
                .epc = (u64)set_zero_value + 4);
    EXPECT_TRAP(run(M_MODE, swap_x0), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

TEST(machine_information)
{
    CHECK_EQ(csr_read(mhartid), 0);
    CHECK_EQ(csr_read(misa) >> 62, 2);
    u64 letters = csr_read(misa) & MASK(25, 0);
    for (const char *c = "ACDFHIMSU"; *c; c++) CHECK_EQ(letters >> (*c - 'A') & 1, 1);
}

/* ---- Zifencei ---- */

/* Code is written, fenced, run, and rewritten; also on the very next instructions. */
TEST(code_that_changes)
{
    SNIPPET(rewrite_next, "la t0, 1f\nsw a1, 0(t0)\nfence.i\n1: li a0, 1\nnop");
    static u32 code[2] __attribute__((aligned(8)));

    for (u32 i = 0; i < 2000; i += 123) {
        code[0] = 0x00000513 | i << 20; /* li a0, i */
        code[1] = 0x00008067;           /* ret */
        __asm__ volatile("fence.i" ::: "memory");
        EXPECT_VALUE(run(M_MODE, code), i);
    }
    EXPECT_VALUE(run(M_MODE, rewrite_next, 0, 0x02a00513), 42); /* li a0, 42 */
    EXPECT_VALUE(run(M_MODE, rewrite_next, 0, 0x02b00513), 43);
}

/* The fields that it does not use are ignored. */
TEST(fence_i_with_other_fields)
{
    SNIPPET(fences, ".word 0x0000100f | 10 << 7\n.word 0x0000100f | 11 << 15\n"
                    ".word 0x0000100f | 0xfff << 20\n.word 0xfffff00f & ~0x6000");
    EXPECT_VALUE(run(U_MODE, fences, 0x1234, 8), 0x1234);
}

/* PAUSE is FENCE W, 0: it passes in bounded time, in every mode. */
TEST(pause)
{
    SNIPPET(pauses, ".rept 100\n.word 0x0100000f\n.endr");
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

    csr_set(mstatus, STATUS_TW);
    csr_set(hstatus, HSTATUS_VTW);
    for (unsigned i = 0; i < 5; i++) EXPECT_VALUE(run(modes[i], pauses, 0x77), 0x77);
}

/* The same physical code through two virtual addresses: what one sees, the other sees. */
TEST(code_under_two_addresses)
{
    struct table *t = use_satp(SV39);
    u32 *code = (u32 *)new_pages(1);

    pt_map(t, 0x40000000, (u64)code, 0, LEAF_S);
    pt_map(t, 0x50000000, (u64)code, 0, LEAF_S);
    SNIPPET(call, "mv t3, ra\njalr a0\nmv ra, t3");
    SNIPPET(patch_and_call, "sw a1, (a0)\nfence.i\nmv t3, ra\njalr a2\nmv ra, t3");
    code[0] = 0x00100513;
    code[1] = 0x00008067;
    __asm__ volatile("fence.i" ::: "memory");
    EXPECT_VALUE(run(S_MODE, call, 0x40000000), 1);
    EXPECT_VALUE(run(S_MODE, call, 0x50000000), 1);
    EXPECT_VALUE(run3(S_MODE, patch_and_call, 0x50000000, 0x00200513, 0x40000000), 2);
    EXPECT_VALUE(run3(S_MODE, patch_and_call, 0x40000000, 0x00300513, 0x50000000), 3);
}

/* ---- Zicntr, Zihpm ---- */

TEST(counters_advance)
{
    SNIPPET(twice_cycle, "csrr t0, cycle\nnop\ncsrr t1, cycle\nsltu a0, t0, t1");
    SNIPPET(twice_instret, "csrr t0, instret\nnop\ncsrr t1, instret\nsub a0, t1, t0");
    csr_write(mcounteren, 7);
    csr_write(scounteren, 7);
    EXPECT_VALUE(run(U_MODE, twice_cycle), 1);
    EXPECT_VALUE(run(U_MODE, twice_instret), 2);
    u64 before = csr_read(time);
    for (unsigned i = 0; i < 100000 && csr_read(time) == before; i++) {
    }
    CHECK_EQ(csr_read(time) > before, 1);
}

TEST(cycle_is_mcycle)
{
    csr_write(mcycle, BIT(40));
    CHECK_EQ(csr_read(cycle) >> 40, 1);
    csr_write(minstret, BIT(41));
    CHECK_EQ(csr_read(instret) >> 41, 1);
}

/* Every mhpmcounter and mhpmevent exists, be it as read-only zero. */
TEST(performance_counters)
{
    SNIPPET(first, "csrw mhpmevent3, zero\ncsrr a0, mhpmcounter3");
    SNIPPET(last, "csrw mhpmevent31, zero\ncsrw mhpmcounter31, zero\ncsrr a0, hpmcounter31");
    EXPECT_RETURN(run(M_MODE, first));
    EXPECT_VALUE(run(M_MODE, last), 0);
}

/* ---- Zicbom, Zicboz, Zicbop ---- */

SNIPPET(cbo_zero, "cbo.zero (a0)");
SNIPPET(cbo_clean, "cbo.clean (a0)");
SNIPPET(cbo_flush, "cbo.flush (a0)");
SNIPPET(cbo_inval, "cbo.inval (a0)");
SNIPPET(prefetches, "prefetch.r 32(a0)\nprefetch.w 0(a0)\nprefetch.i -64(a0)");

/* The block is 64 bytes, naturally aligned, wherever in it the address points. */
TEST(zero_a_block)
{
    u64 *words = (u64 *)new_pages(1);

    for (unsigned i = 0; i < 64; i++) words[i] = ~0ull;
    EXPECT_RETURN(run(M_MODE, cbo_zero, &words[16]));
    EXPECT_RETURN(run(M_MODE, cbo_zero, (u64)&words[32] + 61));
    for (unsigned i = 0; i < 64; i++) {
        bool zero = (i >= 16 && i < 24) || (i >= 32 && i < 40);
        note(i);
        CHECK_EQ(words[i], zero ? 0 : ~0ull);
    }
}

/* In a machine whose memory is coherent no data is lost by flush, clean or an inval done as flush.
 */
TEST(manage_a_block)
{
    u64 *words = (u64 *)new_pages(1);

    words[3] = 0x33;
    csr_write(menvcfg, CBIE_FLUSH | ENVCFG_CBCFE);
    EXPECT_RETURN(run(S_MODE, cbo_clean, words));
    EXPECT_RETURN(run(S_MODE, cbo_flush, words));
    EXPECT_RETURN(run(S_MODE, cbo_inval, words));
    for (u64 k = 1; k < 64; k += 9) { /* anywhere in the block */
        EXPECT_RETURN(run(S_MODE, cbo_clean, (u64)words + k));
        EXPECT_RETURN(run(S_MODE, cbo_flush, (u64)words + k));
        EXPECT_RETURN(run(S_MODE, cbo_inval, (u64)words + k));
    }
    CHECK_EQ(words[3], 0x33);
}

static void check_enables(const u32 *code, u64 grant)
{
    u64 *words = (u64 *)new_pages(1);

    for (unsigned enables = 0; enables < 4; enables++) {
        note(enables);
        csr_write(menvcfg, enables & 2 ? grant : 0);
        csr_write(senvcfg, enables & 1 ? grant : 0);
        struct trap s = run(S_MODE, code, words), u = run(U_MODE, code, words);
        if (enables & 2)
            EXPECT_RETURN(s);
        else
            EXPECT_TRAP(s, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        if (enables == 3)
            EXPECT_RETURN(u);
        else
            EXPECT_TRAP(u, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
        EXPECT_RETURN(run(M_MODE, code, words));
    }
}

TEST(block_enables)
{
    check_enables(cbo_zero, ENVCFG_CBZE);
    check_enables(cbo_clean, ENVCFG_CBCFE);
    check_enables(cbo_flush, ENVCFG_CBCFE);
    check_enables(cbo_inval, CBIE_FLUSH);
    check_enables(cbo_inval, CBIE_INVAL);
}

/* CBIE = 2 is reserved: the field does not take it. */
TEST(cbie_is_warl)
{
    csr_write(menvcfg, BIT(5));
    CHECK_EQ((csr_read(menvcfg) & ENVCFG_CBIE) == BIT(5), 0);
}

/* Faults are of the store kind and report the address in rs1. */
TEST(block_faults)
{
    struct table *t = use_satp(SV39);

    csr_write(menvcfg, ENVCFG_CBZE | ENVCFG_CBCFE | CBIE_INVAL);
    pt_map(t, 0x40000000, (u64)new_pages(1), 0, LEAF_S & ~PTE_W);
    EXPECT_TRAP(run(S_MODE, cbo_zero, 0x40000008), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = 0x40000008);
    EXPECT_RETURN(run(S_MODE, cbo_clean, 0x40000008));
    EXPECT_TRAP(run(S_MODE, cbo_flush, 0x60000008), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = 0x60000008);
    csr_write(satp, 0);
    EXPECT_TRAP(run(S_MODE, cbo_zero, 0x1000000000), LEVEL_M, .cause = STORE_ACCESS,
                .tval = 0x1000000000);
}

/* A prefetch never traps and changes nothing. */
TEST(prefetch)
{
    use_satp(SV39);
    EXPECT_VALUE(run(S_MODE, prefetches, 0x60000000), 0x60000000);
    EXPECT_VALUE(run(U_MODE, prefetches, 0x60000000), 0x60000000);
    EXPECT_VALUE(run(VS_MODE, prefetches, 0x1000000000), 0x1000000000);
}

/* ---- Zawrs ---- */

SNIPPET(wrs_sto, "lr.w t0, (a0)\nwrs.sto\nli a0, 3");
SNIPPET(wrs_nto, "lr.w t0, (a0)\nwrs.nto\nli a0, 4");

/* STO ends by itself after a short time, in every mode, TW or not. */
TEST(wait_with_a_timeout)
{
    static u64 lock;
    static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

    for (unsigned i = 0; i < 5; i++) EXPECT_VALUE(run(modes[i], wrs_sto, &lock), 3);
    csr_set(mstatus, STATUS_TW);
    for (unsigned i = 0; i < 5; i++) EXPECT_VALUE(run(modes[i], wrs_sto, &lock), 3);
}

/* NTO ends when an interrupt is pending in mie, even if globally disabled. */
TEST(wait_with_an_interrupt)
{
    static u64 lock;

    csr_write(mie, BIT(SSI));
    csr_write(mideleg, BIT(SSI));
    csr_set(mip, BIT(SSI));
    EXPECT_VALUE(run(M_MODE, wrs_nto, &lock), 4);
    EXPECT_VALUE(run(S_MODE, wrs_nto, &lock), 4);
}

/* TW and VTW bound NTO as they do WFI: it may finish in time, else illegal or virtual. */
TEST(wait_under_tw)
{
    static u64 lock;

    csr_set(mstatus, STATUS_TW);
    struct trap t = run(S_MODE, wrs_nto, &lock);
    if (t.level != NOT_TAKEN)
        EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS,
                    .epc = (u64)wrs_nto + 4);
    else
        EXPECT_VALUE(t, 4);
    csr_clear(mstatus, STATUS_TW);
    csr_set(hstatus, HSTATUS_VTW);
    t = run(VS_MODE, wrs_nto, &lock);
    if (t.level != NOT_TAKEN)
        EXPECT_TRAP(t, LEVEL_M, .cause = VIRTUAL_INSTRUCTION, .tval = BITS,
                    .epc = (u64)wrs_nto + 4);
    else
        EXPECT_VALUE(t, 4);
}
