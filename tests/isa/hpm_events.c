/* The programmable counters with vhart's two events, 1 cycles and 2 instructions
 * (docs/counters.md): what they count, and that an overflow interrupts at its very instruction
 * (Sscofpmf). */
#include "harness.h"

#define OF    BIT(63)
#define MINH  BIT(62)
#define SINH  BIT(61)
#define UINH  BIT(60)
#define VSINH BIT(59)
#define VUINH BIT(58)
#define ALL   (MINH | SINH | UINH | VSINH | VUINH)
enum { CYCLES = 1, INSTRUCTIONS = 2 };
#define LCOFIP BIT(LCOFI)

static const struct {
    enum mode mode;
    u64 inhibit;
} modes[] = {
    {S_MODE,  SINH },
    {U_MODE,  UINH },
    {VS_MODE, VSINH},
    {VU_MODE, VUINH}
};

SNIPPET(five, "nop\nnop\nnop\nnop\nnop");
SNIPPET(twenty, ".rept 20\naddi a0, a0, 1\n.endr");

static void all_off(void)
{
    csr_write(mhpmevent3, 0);
    csr_write(mhpmevent4, 0);
    csr_write(mhpmevent31, 0);
    csr_write(mcountinhibit, 0);
    csr_write(mip, 0);
}

TEST(instructions_by_mode)
{
    for (unsigned k = 0; k < 4; k++) {
        for (unsigned m = 0; m < 4; m++) {
            note(16 * k + m);
            csr_write(mhpmevent3, INSTRUCTIONS | (ALL & ~modes[k].inhibit));
            csr_write(mhpmcounter3, 100);
            EXPECT_RETURN(run(modes[m].mode, five));
            CHECK_EQ(csr_read(mhpmcounter3), m == k ? 106 : 100);
        }
    }
    all_off();
}

/* Counting as minstret and mcycle do. */
TEST(like_the_fixed_counters)
{
    csr_write(mhpmevent3, INSTRUCTIONS);
    csr_write(mhpmevent31, CYCLES);
    u64 instret = csr_read(minstret), hpm3 = csr_read(mhpmcounter3);
    u64 cycle = csr_read(mcycle), hpm31 = csr_read(mhpmcounter31);
    EXPECT_RETURN(run(U_MODE, twenty));
    EXPECT_TRAP(run(U_MODE, (u32 *)0x10000), LEVEL_M, .cause = FETCH_ACCESS, .tval = 0x10000);
    CHECK_EQ(csr_read(minstret) - instret, csr_read(mhpmcounter3) - hpm3);
    CHECK_EQ(csr_read(mcycle) - cycle, csr_read(mhpmcounter31) - hpm31);
    all_off();
}

TEST(no_event_no_count)
{
    csr_write(mhpmevent3, 0);
    csr_write(mhpmcounter3, 42);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmcounter3), 42);
    csr_write(mhpmevent3, 0xbeef); /* none of ours */
    CHECK_EQ(csr_read(mhpmevent3), 0);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmcounter3), 42);
    all_off();
}

/* A counter that runs takes another event: the write itself still counts for the old one. */
TEST(another_event)
{
    SNIPPET(switch_event, "csrw mhpmevent3, a0\ncsrw mhpmcounter3, zero\ncsrw mhpmevent3, a1\nnop\n"
                          "csrr a0, mhpmcounter3");
    EXPECT_VALUE(run(M_MODE, switch_event, CYCLES, INSTRUCTIONS), 2);
    EXPECT_VALUE(run(M_MODE, switch_event, INSTRUCTIONS, CYCLES), 2);
    EXPECT_VALUE(run(M_MODE, switch_event, CYCLES, 0), 1);
    EXPECT_VALUE(run(M_MODE, switch_event, 0, CYCLES), 1);
    all_off();
}

TEST(mcountinhibit_stops_it)
{
    csr_write(mhpmevent4, INSTRUCTIONS | MINH);
    csr_write(mhpmcounter4, 0);
    csr_write(mcountinhibit, BIT(4));
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmcounter4), 0);
    csr_write(mcountinhibit, BIT(3));
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmcounter4), 6);
    all_off();
}

TEST(hpmcounter_shows_it)
{
    SNIPPET(read_hpm31, "csrr a0, hpmcounter31");
    csr_write(mcounteren, BIT(31));
    csr_write(hcounteren, BIT(31));
    csr_write(scounteren, BIT(31));
    csr_write(mhpmcounter31, 0x123456789abcdef0);
    EXPECT_VALUE(run(U_MODE, read_hpm31), 0x123456789abcdef0);
    EXPECT_VALUE(run(VU_MODE, read_hpm31), 0x123456789abcdef0);
    csr_write(mhpmcounter31, 0);
}

/* ---- overflow ---- */

static void arm(u64 event, u64 left)
{
    csr_write(mip, 0);
    csr_write(mie, LCOFIP);
    csr_write(mhpmevent3, event);
    csr_write(mhpmcounter3, -left);
}

/* The interrupt comes after the instruction that overflows and before the next. */
TEST(at_the_exact_instruction)
{
    for (u64 left = 1; left <= 20; left++) {
        note(left);
        arm(INSTRUCTIONS | (ALL & ~UINH), left);
        struct trap t = run(U_MODE, twenty, 0);
        EXPECT_TRAP(t, LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)twenty + 4 * left);
        CHECK_EQ(t.value, left);
        CHECK_EQ(csr_read(mhpmcounter3), 0);
        CHECK_EQ(csr_read(mhpmevent3) & OF, OF);
        CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
    }
    all_off();
}

TEST(cycles_overflow_too)
{
    for (u64 left = 1; left <= 20; left++) {
        note(left);
        arm(CYCLES | (ALL & ~VSINH), left);
        EXPECT_TRAP(run(VS_MODE, twenty), LEVEL_M, .cause = INTERRUPT | LCOFI,
                    .epc = (u64)twenty + 4 * left);
    }
    all_off();
}

SNIPPET(loop, "1: addi a0, a0, 1\nnop\nbltu a0, a1, 1b");

/* In the middle of hot code. */
TEST(in_a_loop)
{
    for (u64 left = 29990; left < 30002; left++) {
        note(left);
        arm(INSTRUCTIONS | (ALL & ~UINH), left);
        struct trap t = run(U_MODE, loop, 0, 100000);
        EXPECT_TRAP(t, LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)loop + left % 3 * 4);
        CHECK_EQ(t.value, (left + 2) / 3);
    }
    all_off();
}

/* "If the OF bit is one, then no interrupt request is generated"; the counter goes on. */
TEST(once_only)
{
    arm(INSTRUCTIONS | OF | (ALL & ~UINH), 3);
    EXPECT_VALUE(run(U_MODE, twenty, 0), 20);
    CHECK_EQ(csr_read(mhpmcounter3), 18);
    CHECK_EQ(csr_read(mip) & LCOFIP, 0);
    CHECK_EQ(csr_read(mhpmevent3) & OF, OF);
    all_off();
}

/* The first overflow has set OF: the next is no request until software clears it. */
TEST(not_again_until_cleared)
{
    arm(INSTRUCTIONS | (ALL & ~UINH), 3);
    EXPECT_TRAP(run(U_MODE, twenty), LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)twenty + 12);
    csr_write(mip, 0);
    csr_write(mhpmcounter3, -3ull);
    EXPECT_VALUE(run(U_MODE, twenty, 0), 20);
    csr_write(mhpmevent3, INSTRUCTIONS | (ALL & ~UINH));
    csr_write(mhpmcounter3, -3ull);
    EXPECT_TRAP(run(U_MODE, twenty), LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)twenty + 12);
    all_off();
}

/* "Count overflow never results from writes". */
TEST(not_by_writing)
{
    arm(INSTRUCTIONS | (ALL & ~UINH), 1);
    csr_write(mhpmcounter3, 0);
    csr_write(mhpmevent3, INSTRUCTIONS | (ALL & ~UINH));
    CHECK_EQ(csr_read(mip) & LCOFIP, 0);
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmevent3) & OF, 0);
    all_off();
}

/* Without LCOFIE the bits are set all the same, and mip keeps the request. */
TEST(pends_while_disabled)
{
    arm(INSTRUCTIONS | (ALL & ~UINH), 4);
    csr_write(mie, 0);
    EXPECT_VALUE(run(U_MODE, twenty, 0), 20);
    CHECK_EQ(csr_read(mhpmcounter3), 17);
    CHECK_EQ(csr_read(mhpmevent3) & OF, OF);
    CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
    all_off();
}

/* The nearer of two, and both at once. */
TEST(two_counters)
{
    arm(INSTRUCTIONS | (ALL & ~UINH), 9);
    csr_write(mhpmevent31, CYCLES | (ALL & ~UINH));
    csr_write(mhpmcounter31, -5ull);
    EXPECT_TRAP(run(U_MODE, twenty), LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)twenty + 20);
    CHECK_EQ(csr_read(0xda0), BIT(31));
    csr_write(mip, 0);
    EXPECT_TRAP(run(U_MODE, twenty), LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)twenty + 16);
    CHECK_EQ(csr_read(0xda0), BIT(31) | BIT(3));
    all_off();
}

/* An instruction that traps does not retire, but takes a cycle. */
TEST(overflow_by_a_trap)
{
    SNIPPET(trap_at_once, "ebreak");
    arm(INSTRUCTIONS | (ALL & ~UINH), 1);
    EXPECT_TRAP(run(U_MODE, trap_at_once), LEVEL_M, .cause = BREAKPOINT, .tval = (u64)trap_at_once);
    CHECK_EQ(csr_read(mhpmevent3) & OF, 0);
    arm(CYCLES | (ALL & ~UINH), 1);
    EXPECT_TRAP(run(U_MODE, trap_at_once), LEVEL_M, .cause = BREAKPOINT, .tval = (u64)trap_at_once);
    CHECK_EQ(csr_read(mhpmevent3) & OF, OF);
    CHECK_EQ(csr_read(mip) & LCOFIP, LCOFIP);
    all_off();
}

/* SRET counts in the mode that it leaves; its overflow interrupts before what it returns to. */
TEST(overflow_by_a_return)
{
    SNIPPET(down, "la t0, down_there\ncsrw sepc, t0\nli t0, 0x100\ncsrc sstatus, t0\nsret\n"
                  ".globl down_there\ndown_there: addi a0, a0, 1");
    extern const u32 down_there[];
    arm(INSTRUCTIONS | (ALL & ~SINH), (u64)(down_there - down));
    struct trap t = run(S_MODE, down, 0);
    EXPECT_TRAP(t, LEVEL_M, .cause = INTERRUPT | LCOFI, .epc = (u64)down_there, .from_set = true,
                .from = U_MODE);
    CHECK_EQ(t.value, 0);
    arm(INSTRUCTIONS | (ALL & ~SINH), (u64)(down_there - down) + 1);
    EXPECT_VALUE(run(S_MODE, down, 0), 1);
    all_off();
}

/* A guest's counter interrupts the guest. */
TEST(delivered_to_the_guest)
{
    csr_write(mideleg, LCOFIP);
    csr_write(hideleg, LCOFIP);
    csr_set(vsstatus, STATUS_SIE);
    arm(INSTRUCTIONS | (ALL & ~VSINH), 7);
    EXPECT_TRAP(run(VS_MODE, twenty), LEVEL_VS, .cause = INTERRUPT | LCOFI,
                .epc = (u64)twenty + 28);
    arm(INSTRUCTIONS | (ALL & ~VUINH), 8);
    EXPECT_TRAP(run(VU_MODE, twenty), LEVEL_VS, .cause = INTERRUPT | LCOFI,
                .epc = (u64)twenty + 32);
    all_off();
}

/* What is inhibited everywhere stands, and goes on from there. The ecall behind the return is a
 * cycle. */
TEST(value_survives_a_stop)
{
    arm(CYCLES | ALL, 10);
    csr_write(mhpmcounter3, 5);
    EXPECT_RETURN(run(U_MODE, twenty));
    CHECK_EQ(csr_read(mhpmcounter3), 5);
    csr_write(mhpmevent3, CYCLES | (ALL & ~UINH));
    EXPECT_RETURN(run(U_MODE, five));
    CHECK_EQ(csr_read(mhpmcounter3), 5 + 5 + 2); /* five, ret, ecall */
    all_off();
}
