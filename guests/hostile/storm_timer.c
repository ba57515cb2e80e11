/* A timer that is due again as soon as its interrupt has been taken.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static u64 taken;

static void again(u64 number)
{
    (void)number;
    taken++;
    sbi_call(SBI_TIME, 0, taken % 8 ? 0 : now() + 50, 0, 0);
}

void attack(void)
{
    enum { SIE = 2, STIE = 32 };
    u64 deadline = now() + ticks(20);
    on_interrupt = again;
    sbi_call(SBI_TIME, 0, 0, 0, 0);
    attempt(load64, RAM, 0); /* sets stvec */
    csr_set(sie, STIE);
    csr_set(sstatus, SIE);
    while (!passed(deadline)) check(true, "", 0);
    csr_clear(sie, STIE);
    csr_clear(sstatus, SIE);
    check(taken > 100, "interrupts taken:", taken);
}
