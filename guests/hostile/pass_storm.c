/* A device of its own whose interrupt it completes again and again while the line is high, so that
 * it comes at once: whoever is on the hart to which the machine brings it must not pay for that.
 * words: vmm.pass=rtc@101000
 * harts: 2
 * share: 48
 * outcome: contained */
#include "guests/hostile/pass.h"

void attack(void)
{
    u64 deadline = now() + ticks(30), claims = 0;
    needs_clock();
    ring();
    while (!passed(deadline)) {
        claims += get32(PLIC + PLIC_CLAIM) == PASS_IRQ;
        put32(PLIC + PLIC_CLAIM, PASS_IRQ);
    }
    check(claims > 100, "it hardly rang", claims);
}
