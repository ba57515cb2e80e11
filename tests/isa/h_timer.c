/* The guest's time and its timer: htimedelta, vstimecmp, who may touch them
 * (H extension, "Virtual Supervisor Timer"; Sstc). */
#include "harness.h"

SNIPPET(do_nothing, "li a0, 7");
SNIPPET(read_time, "csrr a0, time");
SNIPPET(read_stimecmp, "csrr a0, stimecmp");
SNIPPET(write_stimecmp, "csrw stimecmp, a0");
SNIPPET(read_vstimecmp, "csrr a0, vstimecmp");

#define TM BIT(1)

static void expect_cause(struct place at, enum mode mode, const u32 *code, u64 cause)
{
    expect_trap(at, run(mode, code, ~0ull), &(struct expected){LEVEL_M, cause, .tval = BITS});
}
#define EXPECT_VIRTUAL(mode, code) expect_cause(HERE, mode, code, VIRTUAL_INSTRUCTION)
#define EXPECT_ILLEGAL(mode, code) expect_cause(HERE, mode, code, ILLEGAL_INSTRUCTION)

static void timer_for_guest(void)
{
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(henvcfg, ENVCFG_STCE);
    csr_write(mcounteren, TM);
    csr_write(hcounteren, TM);
    csr_write(vstimecmp, ~0ull);
}

/* A comparison's result shows "eventually": give it some time. */
static u64 vstip_settles_at(u64 want)
{
    u64 now = 0;

    for (unsigned i = 0; i < 20000; i++) {
        now = csr_read(hip) >> VSTI & 1;
        if (now == want) break;
    }
    return now;
}

TEST(time_in_the_guest)
{
    timer_for_guest();
    csr_write(htimedelta, BIT(50));
    u64 before = csr_read(time), guest = run(VS_MODE, read_time).value;
    u64 hs = run(S_MODE, read_time).value, after = csr_read(time);
    CHECK_EQ(guest - BIT(50) >= before && guest - BIT(50) <= after, 1);
    CHECK_EQ(hs >= before && hs <= after, 1);
    csr_write(scounteren, TM);
    guest = run(VU_MODE, read_time).value;
    CHECK_EQ(guest >> 50, 1);
    CHECK_EQ(run(U_MODE, read_time).value >> 50, 0);
}

/* The sum wraps: a negative delta is a large one. */
TEST(negative_delta)
{
    timer_for_guest();
    csr_write(htimedelta, -csr_read(time) - 1);
    u64 guest = run(VS_MODE, read_time).value;
    CHECK_EQ(guest < BIT(40) || guest == ~0ull, 1);
}

TEST(vstip_by_comparison)
{
    timer_for_guest();
    CHECK_EQ(vstip_settles_at(0), 0);
    csr_write(vstimecmp, 0);
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(vstimecmp, ~0ull);
    CHECK_EQ(vstip_settles_at(0), 0);
    csr_write(vstimecmp, csr_read(time) + BIT(40));
    CHECK_EQ(vstip_settles_at(0), 0);
    csr_write(htimedelta, BIT(41));
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(htimedelta, 0);
    CHECK_EQ(vstip_settles_at(0), 0);
}

/* The comparison is unsigned and of the truncated sum. */
TEST(unsigned_comparison)
{
    timer_for_guest();
    csr_write(vstimecmp, BIT(63) - 1);
    csr_write(htimedelta, BIT(63));
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(vstimecmp, ~0ull);
    CHECK_EQ(vstip_settles_at(0), 0);
}

/* hip.VSTIP is hvip.VSTIP or the comparison. */
TEST(vstip_sources)
{
    timer_for_guest();
    csr_write(hvip, BIT(VSTI));
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(vstimecmp, 0);
    csr_write(hvip, 0);
    CHECK_EQ(csr_read(hvip), 0);
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(vstimecmp, ~0ull);
    CHECK_EQ(vstip_settles_at(0), 0);
}

/* Without henvcfg.STCE it is hvip.VSTIP alone; henvcfg.STCE is read-only 0 without menvcfg.STCE. */
TEST(vstip_without_stce)
{
    timer_for_guest();
    csr_write(vstimecmp, 0);
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(henvcfg, 0);
    CHECK_EQ(vstip_settles_at(0), 0);
    csr_write(hvip, BIT(VSTI));
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(hvip, 0);
    csr_write(henvcfg, ENVCFG_STCE);
    CHECK_EQ(vstip_settles_at(1), 1);
    csr_write(menvcfg, 0);
    CHECK_EQ(vstip_settles_at(0), 0);
}

TEST(timer_interrupt_of_the_guest)
{
    timer_for_guest();
    csr_write(hie, BIT(VSTI));
    csr_write(vstimecmp, 0);
    CHECK_EQ(vstip_settles_at(1), 1);
    EXPECT_TRAP(run(VS_MODE, do_nothing), LEVEL_HS, .cause = INTERRUPT | VSTI);
    csr_write(hideleg, BIT(VSTI));
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_TRAP(run(VS_MODE, do_nothing), LEVEL_VS, .cause = INTERRUPT | STI);
    csr_clear(vsstatus, STATUS_SIE);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
}

/* The guest programs stimecmp, which is vstimecmp, waits in a loop, and is interrupted. */
TEST(guest_arms_its_timer)
{
    SNIPPET(arm_and_wait, "csrr t0, time\naddi t0, t0, 20\ncsrw stimecmp, t0\n1: j 1b");
    timer_for_guest();
    csr_write(htimedelta, BIT(60));
    csr_write(stimecmp, 0x1234567);
    csr_write(hie, BIT(VSTI));
    csr_write(hideleg, BIT(VSTI));
    csr_set(vsstatus, STATUS_SIE);
    struct trap t = run(VS_MODE, arm_and_wait);
    EXPECT_TRAP(t, LEVEL_VS, .cause = INTERRUPT | STI, .epc = (u64)arm_and_wait + 12);
    CHECK_EQ(csr_read(vstimecmp) >> 60, 1);
    CHECK_EQ(csr_read(time) + BIT(60) >= csr_read(vstimecmp), 1);
    CHECK_EQ(csr_read(stimecmp), 0x1234567);
    CHECK_EQ(vstip_settles_at(1), 1);
}

/* WFI in the guest, and in HS on the guest's behalf, ends when vstimecmp is reached. */
TEST(wfi_wakes_for_the_guests_timer)
{
    SNIPPET(arm_and_sleep,
            "csrr t0, time\naddi t0, t0, 200\ncsrw stimecmp, t0\nwfi\ncsrr a0, time\n"
            "sltu a0, a0, t0");
    SNIPPET(sleep, "wfi\nli a0, 5");
    timer_for_guest();
    csr_write(htimedelta, -BIT(20));
    csr_write(hie, BIT(VSTI));
    csr_write(hideleg, BIT(VSTI));
    EXPECT_VALUE(run(VS_MODE, arm_and_sleep), 0);
    csr_write(vstimecmp, csr_read(time) - BIT(20) + 200);
    EXPECT_VALUE(run(S_MODE, sleep), 5);
    CHECK_EQ(vstip_settles_at(1), 1);
}

/* ---- who may ---- */

TEST(access_in_full)
{
    timer_for_guest();
    EXPECT_VALUE(run(VS_MODE, read_stimecmp), ~0ull);
    EXPECT_RETURN(run(VS_MODE, write_stimecmp, BIT(62)));
    CHECK_EQ(csr_read(vstimecmp), BIT(62));
    EXPECT_VALUE(run(S_MODE, read_vstimecmp), BIT(62));
    EXPECT_VIRTUAL(VS_MODE, read_vstimecmp);
    EXPECT_VIRTUAL(VU_MODE, read_vstimecmp);
    EXPECT_VIRTUAL(VU_MODE, read_stimecmp);
    EXPECT_ILLEGAL(U_MODE, read_stimecmp);
    EXPECT_ILLEGAL(U_MODE, read_vstimecmp);
}

TEST(access_without_hcounteren)
{
    timer_for_guest();
    csr_write(hcounteren, 0);
    EXPECT_VIRTUAL(VS_MODE, read_stimecmp);
    EXPECT_VIRTUAL(VS_MODE, write_stimecmp);
    EXPECT_RETURN(run(S_MODE, read_vstimecmp));
}

TEST(access_without_henvcfg)
{
    timer_for_guest();
    csr_write(henvcfg, 0);
    EXPECT_VIRTUAL(VS_MODE, read_stimecmp);
    EXPECT_VIRTUAL(VS_MODE, write_stimecmp);
    EXPECT_RETURN(run(S_MODE, read_vstimecmp));
    EXPECT_RETURN(run(S_MODE, read_stimecmp));
}

TEST(access_without_mcounteren)
{
    timer_for_guest();
    csr_write(mcounteren, 0);
    EXPECT_ILLEGAL(VS_MODE, read_stimecmp);
    EXPECT_ILLEGAL(S_MODE, read_stimecmp);
    EXPECT_ILLEGAL(S_MODE, read_vstimecmp);
    EXPECT_RETURN(run(M_MODE, read_vstimecmp));
}

TEST(access_without_menvcfg)
{
    timer_for_guest();
    csr_write(menvcfg, 0);
    CHECK_EQ(csr_read(henvcfg) & ENVCFG_STCE, 0);
    EXPECT_ILLEGAL(VS_MODE, read_stimecmp);
    EXPECT_ILLEGAL(S_MODE, read_stimecmp);
    EXPECT_ILLEGAL(S_MODE, read_vstimecmp);
}
