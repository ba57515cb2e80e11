/* Extensions that there are none of, and those that other hypervisors have: not supported, all of
 * them.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u64 ids[] = {
    0x4e41434c,        /* NACL */
    0x43505043,        /* CPPC */
    0x535345,          /* SSE */
    0x44425452,        /* DBTR */
    0x4d505859,        /* MPXY */
    0x08000000,        /* experimental */
    0x09000000,        /* vendor */
    0x0a000000,        /* firmware */
    0x10 | 1ull << 32, /* BASE but for a bit */
    0x53525354 | 1ull << 63,
};

void attack(void)
{
    u64 a[6] = {0};
    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct sbiret r = sbi6(ids[i], 0, a);
        check(r.error == SBI_NOT_SUPPORTED, "extension", ids[i]);
        sbi_hammer(ids[i], 0, 8, 5);
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct sbiret r = sbi6(random64() | 1ull << 31, random64(), a);
        check(r.error == SBI_NOT_SUPPORTED, "random extension", i);
    }
}
