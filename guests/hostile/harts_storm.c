/* Harts that send each other interrupts and ask each other for fences, and start and stop, without
 * a pause.
 * harts: 2
 * vcpus: 4
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { SBI_IPI = 0x735049, SBI_RFENCE = 0x52464e43, HART_STOP = 1, HARTS = 4 };
static volatile bool over;

static void storm(u64 hart)
{
    for (u64 i = hart; !over; i++) {
        sbi_call(SBI_IPI, 0, i & 15, 0, 0);
        sbi_call(SBI_RFENCE, i % 3, i & 15, 0, i & 1 ? ~0ull : 4096);
        csr_clear(sip, 2);
    }
    sbi_call(SBI_HSM, HART_STOP, 0, 0, 0);
}

void attack(void)
{
    u64 deadline = now() + ticks(20);
    needs("virtio,mmio");
    for (u64 hart = 1; hart < HARTS; hart++) check(start_hart(hart, storm), "start of", hart);
    while (!passed(deadline)) {
        sbi_call(SBI_IPI, 0, ~0ull >> (64 - HARTS), 0, 0);
        check(sbi_call(SBI_RFENCE, 0, 15, 0, 0).error == 0, "fence.i", 0);
        csr_clear(sip, 2);
    }
    over = true;
}
