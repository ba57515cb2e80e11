/* SBI calls without a pause, answered and unknown ones.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { FIRMWARE_EXTENSIONS = 0x0a000000 };

void attack(void)
{
    u64 deadline = now() + ticks(20), a[6] = {0};
    while (!passed(deadline)) {
        u64 extension = FIRMWARE_EXTENSIONS | (random64() & 0xffffff);
        check(sbi6(SBI_BASE, 0, a).error == SBI_SUCCESS, "version", 0);
        check(sbi6(extension, random64(), a).error == SBI_NOT_SUPPORTED, "extension", extension);
    }
}
