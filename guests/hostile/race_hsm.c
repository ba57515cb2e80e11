/* Two harts start a third at the same time, again and again, and ask for its state, while it stops
 * itself, or suspends itself and is woken up: each successful start must be one run from the
 * beginning, and no answer may be one that the state does not allow.
 * vcpus: 3
 * harts: 2
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { HART_START = 0, HART_STOP = 1, HART_STATUS = 2, HART_SUSPEND = 3, ALREADY_AVAILABLE = -6 };
enum { SBI_IPI = 0x735049, VICTIM = 2 };

static u64 runs, starts[2], wrong;
static volatile bool begun, over, finished;

static void victim(u64 hart)
{
    (void)hart;
    u64 n = __atomic_add_fetch(&runs, 1, __ATOMIC_SEQ_CST);
    if (n % 3 == 0) sbi_call(SBI_HSM, HART_SUSPEND, 0, 0, 0);
    sbi_call(SBI_HSM, HART_STOP, 0, 0, 0);
    wrong++;
}

static void fight(u64 side)
{
    bool started = start_hart(VICTIM, victim);
    starts[side] += started;
    struct sbiret state = sbi_call(SBI_HSM, HART_STATUS, VICTIM, 0, 0);
    bool known = state.error == SBI_SUCCESS && state.value <= 4;
    if (!known) __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
    sbi_call(SBI_IPI, 0, 1 << VICTIM, 0, 0);
}

static void second(u64 hart)
{
    (void)hart;
    begun = true;
    while (!over) fight(1);
    finished = true;
    sbi_call(SBI_HSM, HART_STOP, 0, 0, 0);
}

/* Its wait may have begun after the last IPI. */
static void let_stop(void)
{
    while (sbi_call(SBI_HSM, HART_STATUS, VICTIM, 0, 0).value != 1)
        sbi_call(SBI_IPI, 0, 1 << VICTIM, 0, 0);
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    check(start_hart(1, second), "there is no second hart", 1);
    while (!begun) continue;
    while (!passed(deadline)) fight(0);
    over = true;
    while (!finished) continue;
    let_stop();
    check(runs > 3, "it hardly ran", runs);
    check(runs == starts[0] + starts[1], "starts and runs differ:", runs - starts[0] - starts[1]);
    check(!wrong, "answers that cannot be", wrong);
}
