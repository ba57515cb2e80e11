/* Interrupts between harts, waiting, and time. The run's length is part of the test: programs.sh
 * bounds it, and a wake-up that is lost lasts for ever. */
#include "smp.h"

enum { TURNS = 500, NAPS = 20, NAP_TICKS = TICKS_PER_S / 1000 };

static u64 token, wrong;

void on_ipi(unsigned hart)
{
    (void)hart;
}

static void sleep_until_msi(unsigned hart)
{
    csr_write(mie, BIT(MSI));
    while (!(csr_read(mip) & BIT(MSI))) WFI();
    MSIP(hart) = 0;
    while (csr_read(mip) & BIT(MSI)) PAUSE();
    csr_write(mie, 0);
}

/* Round all harts: each sleeps until the one before has woken it. */
static void pass_token(unsigned hart)
{
    for (unsigned n = 0; n < TURNS; n++) {
        if (hart || n) sleep_until_msi(hart);
        if (READ(token) % HARTS != hart) ADD(wrong, 1);
        ADD(token, 1);
        FENCE(rw, o);
        MSIP((hart + 1) % HARTS) = 1;
    }
    if (hart == 0) sleep_until_msi(hart);
    barrier();
    if (hart == 0) report(!wrong && token == HARTS * TURNS, "a token goes round by IPIs to WFI");
    barrier();
}

/* All harts nap, each by its own timer, which must not come early. */
static void nap(unsigned hart)
{
    for (unsigned n = 0; n < NAPS; n++) {
        u64 due = MTIME + NAP_TICKS * (1 + hart);
        MTIMECMP(hart) = due;
        csr_write(mie, BIT(MTI));
        while (!(csr_read(mip) & BIT(MTI))) WFI();
        if (MTIME < due) ADD(wrong, 1);
        MTIMECMP(hart) = ~0ull;
        csr_write(mie, 0);
    }
    barrier();
    if (hart == 0) report(!wrong, "WFI ends by the hart's own timer, and not early");
    barrier();
}

/* A hart's timer set by another one wakes it as well, also while all sleep. */
static void be_woken(unsigned hart)
{
    enum { LONG_NAPS = 5, LONG_TICKS = 5 * NAP_TICKS };
    for (unsigned n = 0; n < LONG_NAPS; n++) {
        barrier();
        if (hart == 1) {
            csr_write(mie, BIT(MTI));
            while (!(csr_read(mip) & BIT(MTI))) WFI();
            MTIMECMP(1) = ~0ull;
            csr_write(mie, 0);
            for (unsigned k = 0; k < HARTS; k++)
                if (k != 1) MSIP(k) = 1;
        } else {
            for (u64 start = MTIME; hart == 0 && MTIME < start + NAP_TICKS;) PAUSE();
            if (hart == 0) MTIMECMP(1) = MTIME + LONG_TICKS;
            sleep_until_msi(hart);
        }
        barrier();
    }
    if (hart == 0) report(true, "WFI ends by a timer that another hart has set");
}

/* The supervisor's own timer (Sstc) wakes it, too. */
static void nap_by_stimecmp(unsigned hart)
{
    csr_set(menvcfg, BIT(63)); /* STCE */
    for (unsigned n = 0; n < NAPS; n++) {
        u64 due = MTIME + NAP_TICKS;
        csr_write(stimecmp, due);
        csr_write(mie, BIT(STI));
        while (!(csr_read(mip) & BIT(STI))) WFI();
        if (csr_read(time) < due) ADD(wrong, 1);
        csr_write(stimecmp, ~0ull);
        csr_write(mie, 0);
    }
    barrier();
    if (hart == 0) report(!wrong, "WFI ends by stimecmp, and not early");
    barrier();
}

/* What one hart has read of the time, no other finds in its future. */
static void compare_time(unsigned hart)
{
    static u64 latest;
    for (unsigned n = 0; n < 10 * TURNS; n++) {
        u64 before = READ(latest);
        FENCE(r, ir);
        u64 now = csr_read(time);
        if (now < before) ADD(wrong, 1);
        FENCE(ir, w);
        WRITE(latest, now);
    }
    barrier();
    if (hart == 0) report(!wrong, "time never runs backwards from one hart to another");
    barrier();
}

/* Two harts wake hart 0, one by an interrupt and one by its timer: the one at any time, the other
 * when hart 0 is about to sleep again. Hart 3 ends it when a wake-up has been lost. */
enum { STORM = 3000, LOST_TICKS = 3 * TICKS_PER_S };
static u64 storm, storm_half, storm_seen;

static void await_both(void)
{
    csr_write(mie, BIT(MSI) | BIT(MTI));
    for (u64 n = 1; n <= STORM && !READ(wrong); n++) {
        WRITE(storm, n);
        for (u64 seen = 0; seen != (BIT(MSI) | BIT(MTI)) && !READ(wrong);) {
            u64 now = csr_read(mip) & csr_read(mie);
            seen |= now;
            if (!now) WFI();
            if (now & BIT(MSI)) MSIP(0) = 0;
            if (now & BIT(MTI)) MTIMECMP(0) = ~0ull;
            if (now) WRITE(storm_half, n);
        }
        WRITE(storm_seen, n);
    }
    csr_write(mie, 0);
    MSIP(3) = 1;
}

static void wait_a_little(u64 *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    u64 most = BIT(*random >> 32 & 7); /* small ones as often as large ones */
    for (u64 k = *random & (most - 1); k; k--) __asm__ volatile("");
}

static void raise_storm(unsigned hart)
{
    u64 random = hart;
    for (u64 n = 1; n <= STORM && !READ(wrong); n++) {
        const u64 *start = (n + hart) % 2 ? &storm : &storm_half;
        while (READ(*start) < n && !READ(wrong)) PAUSE();
        wait_a_little(&random);
        if (hart == 1)
            MSIP(0) = 1;
        else
            MTIMECMP(0) = 0;
        while (READ(storm_seen) < n && !READ(wrong)) PAUSE();
    }
}

static void guard_storm(void)
{
    csr_write(mie, BIT(MSI) | BIT(MTI));
    for (u64 last = 0; !(csr_read(mip) & BIT(MSI)); last = READ(storm_seen)) {
        MTIMECMP(3) = MTIME + LOST_TICKS;
        while (!(csr_read(mip) & (BIT(MSI) | BIT(MTI)))) WFI();
        if ((csr_read(mip) & BIT(MSI)) || READ(storm_seen) != last) continue;
        ADD(wrong, 1);
        for (u64 on = 0; on < 2; on++) MSIP(0) = (u32)on;
    }
    csr_write(mie, 0);
    MTIMECMP(3) = ~0ull;
    MSIP(3) = 0;
}

static void weather_storm(unsigned hart)
{
    if (hart == 0)
        await_both();
    else if (hart == 3)
        guard_storm();
    else
        raise_storm(hart);
    barrier();
    if (hart == 0) report(!wrong, "no wake-up is lost among others");
    barrier();
}

/* Each hart counts its own instructions, and exactly. */
static void count_instructions(unsigned hart)
{
    enum { LOOPS = 1000000 };
    u64 left = LOOPS, before, after;
    __asm__ volatile("csrr %0, minstret\n1: addi %2, %2, -1\nbnez %2, 1b\ncsrr %1, minstret"
                     : "=&r"(before), "=&r"(after), "+&r"(left));
    if (after - before != 2 * LOOPS + 1) ADD(wrong, 1);
    barrier();
    if (hart == 0) report(!wrong, "minstret counts each hart's instructions");
    barrier();
}

void program(unsigned hart)
{
    if (hart == 0) plan(7);
    pass_token(hart);
    nap(hart);
    be_woken(hart);
    nap_by_stimecmp(hart);
    compare_time(hart);
    weather_storm(hart);
    count_instructions(hart);
}
