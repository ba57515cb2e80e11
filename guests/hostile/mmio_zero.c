/* Stores of x0 to its emulated devices, in every form that there is: what arrives is zero, and not
 * what the hypervisor keeps where the guest's x0 would be. And loads into x0, which change nothing.
 * outcome: contained */
#include "guests/hostile/virtio.h"

#define PRIORITY (0xc000000ull + 4 * 5) /* of the PLIC: 3 bits */
#define SCRATCH  (0x10000000ull + 7)    /* of the UART: 8 bits */

void attack(void)
{
    enum { SW_X0 = 0x00052023, SB_X0 = 0x00050023, LW_X0 = 0x00052003, MV_A0_X0 = 0x00000513 };
    needs_virtio();
    *(volatile u8 *)SCRATCH = 0xff;
    check(attempt_word(SB_X0, SCRATCH, 0) == NONE, "sb", 0);
    check(load8(SCRATCH, 0) == 0, "the UART has from x0", load8(SCRATCH, 0));
    put(PRIORITY, 0, 7);
    check(attempt_word(SW_X0, PRIORITY, 0) == NONE, "sw", 0);
    check(get(PRIORITY, 0) == 0, "the PLIC has from x0", get(PRIORITY, 0));
    for (u64 reg = 0; reg < 0x100; reg += 4) {
        if (reg == R_QUEUE_NOTIFY) continue;
        attempt_word(SW_X0, VIRTIO_NET + reg, 0);
    }
    check(get(VIRTIO_NET, R_STATUS) == 0, "status after a reset", get(VIRTIO_NET, R_STATUS));
    const u32 load[] = {LW_X0, MV_A0_X0};
    put(PRIORITY, 0, 7);
    check(attempt_words(load, 2, PRIORITY, 0) == NONE && last.value == 0, "x0 after a load",
          last.value);
}
