/* Interrupts that it sends to itself, by sip and by the SBI.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SSIP = 2, SIE = 2, SBI_IPI = 0x735049 };
static u64 taken;

static void acknowledge(u64 number)
{
    (void)number;
    taken++;
    csr_clear(sip, SSIP);
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    on_interrupt = acknowledge;
    attempt(load64, RAM, 0);
    csr_set(sie, SSIP);
    csr_set(sstatus, SIE);
    for (u64 i = 0; !passed(deadline); i++) {
        csr_set(sip, SSIP);
        check(sbi_call(SBI_IPI, 0, i % 2 ? 1 : nasty(), i % 3 ? 0 : nasty(), 0).error <=
                  SBI_SUCCESS,
              "send_ipi", i);
    }
    csr_clear(sstatus, SIE);
    check(taken > 100, "interrupts taken:", taken);
}
