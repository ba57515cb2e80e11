/* Overwrites its own device tree, to have more memory and more harts: what it believes changes
 * nothing.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    volatile u8 *tree = (volatile u8 *)(u64)device_tree;
    for (unsigned i = 0; i < 8192 && (u64)&tree[i] < RAM + RAM_SIZE; i++) tree[i] = (u8)random64();
    sbi_hammer(SBI_BASE, 0, 8, 10);
    u64 a[6] = {1};
    check(sbi6(SBI_HSM, 2, a).error < 0, "status of hart", 1);
}
