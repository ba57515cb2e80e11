/* Floods the console, by single characters and in pieces, with escape sequences and without a
 * line's end.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static const char text[] = "\033[2J\033[H[vmm] neighbour ended: oh no\r[vmm] all VMs";
    u64 deadline = now() + ticks(5);
    for (u64 i = 0; !passed(deadline) && i < 200; i++) {
        sbi_call(SBI_PUTCHAR, 0, i & 0xff, 0, 0);
        sbi_call(SBI_DBCN, 0, sizeof text - 1, (u64)text, 0);
        sbi_call(SBI_DBCN, 2, 0x1b, 0, 0);
    }
    print("\n");
    check(true, "", 0);
}
