/* Zacas: compare and swap of words, doublewords and quadwords. */
#include "harness.h"
#include "paging.h"

/* Compares the memory at a0 with a1, stores a2. funct7 is 00101, aq, rl. */
#define CAS(name, funct3, funct7)                                                                  \
    SNIPPET(name, ".insn r 0x2f, " #funct3 ", " #funct7 ", a1, a0, a2\nmv a0, a1")
CAS(amocas_w, 2, 0x14);
CAS(amocas_w_aq, 2, 0x16);
CAS(amocas_w_rl, 2, 0x15);
CAS(amocas_d, 3, 0x14);
CAS(amocas_d_aqrl, 3, 0x17);

TEST(words)
{
    static const u32 *const codes[] = {amocas_w, amocas_w_aq, amocas_w_rl};
    static u64 memory;

    for (unsigned i = 0; i < 3; i++) {
        note(i);
        memory = 0xaabbccdd81828384;
        EXPECT_VALUE(run(M_MODE, codes[i], &memory, 0x81828384, 0x1122334455667788),
                     0xffffffff81828384); /* upper bits of what it compares with: any */
        CHECK_EQ(memory, 0xaabbccdd55667788);
        EXPECT_VALUE(run(M_MODE, codes[i], &memory, 0x55667789, 0), 0x55667788);
        CHECK_EQ(memory, 0xaabbccdd55667788);
        EXPECT_VALUE(run(M_MODE, codes[i], (u64)&memory + 4, 0x123aabbccdd, 7), 0xffffffffaabbccdd);
        CHECK_EQ(memory, 0x0000000755667788);
    }
}

TEST(doublewords)
{
    static const u32 *const codes[] = {amocas_d, amocas_d_aqrl};
    static u64 memory;

    for (unsigned i = 0; i < 2; i++) {
        note(i);
        memory = 0xaabbccdd81828384;
        EXPECT_VALUE(run(M_MODE, codes[i], &memory, 0xaabbccdd81828384, 5), 0xaabbccdd81828384);
        CHECK_EQ(memory, 5);
        EXPECT_VALUE(run(M_MODE, codes[i], &memory, 0x8000000000000005, 6), 5);
        CHECK_EQ(memory, 5);
    }
}

TEST(x0_and_equal_registers)
{
    SNIPPET(to_x0, ".insn r 0x2f, 3, 0x14, x0, a0, a1");
    SNIPPET(from_x0, ".insn r 0x2f, 3, 0x14, a1, a0, x0\nmv a0, a1");
    SNIPPET(same, ".insn r 0x2f, 3, 0x14, a1, a0, a1\nmv a0, a1");
    SNIPPET(rd_is_address, ".insn r 0x2f, 3, 0x14, a0, a0, a1");
    static u64 memory;

    memory = 0; /* compared with x0, which is 0 and stays it */
    EXPECT_VALUE(run(M_MODE, to_x0, &memory, 9), (u64)&memory);
    CHECK_EQ(memory, 9);
    EXPECT_VALUE(run(M_MODE, to_x0, &memory, 8), (u64)&memory);
    CHECK_EQ(memory, 9);
    EXPECT_VALUE(run(M_MODE, from_x0, &memory, 9), 9);
    CHECK_EQ(memory, 0);
    EXPECT_VALUE(run(M_MODE, same, &memory, 3), 0);
    CHECK_EQ(memory, 0);
    memory = (u64)&memory;
    EXPECT_VALUE(run(M_MODE, rd_is_address, &memory, 4), (u64)&memory);
    CHECK_EQ(memory, 4);
}

/* ---- quadwords: the pair t3, t4 is compared and loaded, the pair t5, t6 stored ---- */

/* a1 points to the four registers' values; the first two are written back. */
#define QUAD(name, rd, rs2)                                                                        \
    SNIPPET(name, "ld t3, 0(a1)\nld t4, 8(a1)\nld t5, 16(a1)\nld t6, 24(a1)\nli t0, 1\n"           \
                  ".insn r 0x2f, 4, 0x14, " rd ", a0, " rs2 "\n"                                   \
                  "sd t3, 0(a1)\nsd t4, 8(a1)\nmv a0, ra\nsub a0, a0, ra")
QUAD(amocas_q, "t3", "t5");
QUAD(amocas_q_to_x0, "x0", "t5");
QUAD(amocas_q_from_x0, "t3", "x0");
QUAD(amocas_q_odd_rd, "t4", "t5");
QUAD(amocas_q_odd_rs2, "t3", "t6");

static u64 quad[4] __attribute__((aligned(16)));
static u64 registers[4];

static void set(u64 *p, u64 a, u64 b)
{
    p[0] = a;
    p[1] = b;
}

static void check_quad(const u32 *code, u64 low, u64 high, bool swaps)
{
    set(quad, 0x1111111111111111, 0x2222222222222222);
    set(registers, low, high);
    set(registers + 2, 0x3333333333333333, 0x4444444444444444);
    EXPECT_RETURN(run(M_MODE, code, quad, registers));
    CHECK_EQ(quad[0], swaps ? 0x3333333333333333 : 0x1111111111111111);
    CHECK_EQ(quad[1], swaps ? 0x4444444444444444 : 0x2222222222222222);
    CHECK_EQ(registers[0], 0x1111111111111111);
    CHECK_EQ(registers[1], 0x2222222222222222);
}

/* Both halves count. */
TEST(quadwords)
{
    check_quad(amocas_q, 0x1111111111111111, 0x2222222222222222, true);
    check_quad(amocas_q, 0x1111111111111110, 0x2222222222222222, false);
    check_quad(amocas_q, 0x1111111111111111, 0xa222222222222222, false);
    check_quad(amocas_q, 0, 0, false);
}

/* A pair that begins with x0 is 0 whatever x1 holds, and neither register is written. */
TEST(quadword_pairs_with_x0)
{
    set(quad, 0, 0);
    set(registers + 2, 5, 6);
    EXPECT_VALUE(run(M_MODE, amocas_q_to_x0, quad, registers), 0); /* the return address is whole */
    CHECK_EQ(quad[0], 5);
    CHECK_EQ(quad[1], 6);
    EXPECT_RETURN(run(M_MODE, amocas_q_to_x0, quad, registers));
    CHECK_EQ(quad[0], 5);
    set(registers, 5, 6);
    EXPECT_RETURN(run(M_MODE, amocas_q_from_x0, quad, registers));
    CHECK_EQ(quad[0], 0);
    CHECK_EQ(quad[1], 0);
}

TEST(odd_registers_are_reserved)
{
    EXPECT_TRAP(run(M_MODE, amocas_q_odd_rd, quad, registers), LEVEL_M,
                .cause = ILLEGAL_INSTRUCTION, .tval = BITS, .epc = (u64)amocas_q_odd_rd + 20);
    EXPECT_TRAP(run(M_MODE, amocas_q_odd_rs2, quad, registers), LEVEL_M,
                .cause = ILLEGAL_INSTRUCTION, .tval = BITS, .epc = (u64)amocas_q_odd_rs2 + 20);
}

/* ---- faults ---- */

#define QUAD_EPC .epc = (u64)amocas_q + 20

TEST(misaligned)
{
    static const struct {
        const u32 *code;
        u64 offset, epc;
    } cases[] = {
        {amocas_w, 2, 0 },
        {amocas_d, 4, 0 },
        {amocas_q, 8, 20},
    };

    set(quad, 0, 0);
    set(registers, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct trap t = run(S_MODE, cases[i].code, (u64)quad + cases[i].offset, registers);
        note(i);
        EXPECT_TRAP(t, LEVEL_M, .tval = (u64)quad + cases[i].offset,
                    .epc = (u64)cases[i].code + cases[i].epc,
                    .cause = t.cause == STORE_ACCESS ? STORE_ACCESS : MISALIGNED_STORE);
    }
}

/* Write permission is needed even when nothing is going to be written. */
TEST(write_permission)
{
    struct table *t = use_satp(SV39);
    u64 *page = (u64 *)new_pages(1);

    page[0] = 1;
    pt_map(t, 0x40000000, (u64)page, 0, PTE_V | PTE_R | PTE_A | PTE_D);
    EXPECT_TRAP(run(S_MODE, amocas_w, 0x40000000, 2), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = 0x40000000);
    EXPECT_TRAP(run(S_MODE, amocas_d, 0x40000000, 2), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = 0x40000000);
    EXPECT_TRAP(run(S_MODE, amocas_q, 0x40000000, registers), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = 0x40000000, QUAD_EPC);
    pt_map(t, 0x40000000, (u64)page, 0, LEAF_S);
    tables_changed();
    EXPECT_VALUE(run(S_MODE, amocas_d, 0x40000000, 1, 7), 1);
    CHECK_EQ(page[0], 7);
}

TEST(guest_page_faults)
{
    use_hgatp(SV39);
    csr_write(medeleg, BIT(STORE_GUEST_PAGE_FAULT));
    EXPECT_TRAP(run(VS_MODE, amocas_w_aq, 0x50000004), LEVEL_HS, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = 0x50000004, .gpa = 0x50000004, .gva = true);
    EXPECT_TRAP(run(VS_MODE, amocas_q, 0x50000010, registers), LEVEL_HS,
                .cause = STORE_GUEST_PAGE_FAULT, .tval = 0x50000010, .gpa = 0x50000010, .gva = true,
                QUAD_EPC);
}

/* A reservation is not needed, and an swap on the reserved place is the hart's own store. */
TEST(lock_taken_and_released)
{
    SNIPPET(increment, "1: ld t0, (a0)\naddi t1, t0, 1\nmv t2, t0\n"
                       ".insn r 0x2f, 3, 0x17, t2, a0, t1\nbne t2, t0, 1b\n"
                       "addi a1, a1, -1\nbnez a1, 1b\nld a0, (a0)");
    static u64 counter;

    counter = 0xffffffff;
    EXPECT_VALUE(run(M_MODE, increment, &counter, 1000), 0xffffffff + 1000ull);
}
