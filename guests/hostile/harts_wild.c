/* Starts harts where it has no memory, at odd places, and again and again: refused, or the hart is
 * lost to itself.
 * vcpus: 2
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { HART_START = 0, INVALID_ADDRESS = -5 };

void attack(void)
{
    needs("virtio,mmio");
    for (unsigned i = 0; i < 500; i++) {
        u64 at = nasty();
        if (at >= RAM && at < RAM + RAM_SIZE) continue;
        s64 error = sbi_call(SBI_HSM, HART_START, 1, at, nasty()).error;
        check(error == INVALID_ADDRESS, "start at", at);
    }
}
