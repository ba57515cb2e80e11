/* Console calls with buffers in the hypervisor, in devices, across the end of memory, and with
 * lengths that wrap: refused, and nothing of it read out or written.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u64 places[] = {
    0,          0x1000,     0x100000, 0x10000000, 0x7fffffff,         0x80800000,
    0x83000000, 0x83ff0000, BIT(41),  BIT(63),    0xfffffffffffff000, ~0ull,
};
static const u64 sizes[] = {1, 4096, RAM_SIZE, BIT(32), BIT(63), ~0ull - 0x80000000, ~0ull};

static bool refused(u64 function, u64 size, u64 low, u64 high)
{
    u64 a[6] = {size, low, high};
    s64 error = sbi6(SBI_DBCN, function, a).error;
    return error < 0 && error >= SBI_ERROR_MIN;
}

void attack(void)
{
    for (u64 function = 0; function < 2; function++)
        for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
            for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
                check(refused(function, sizes[k], places[i], 0), "outside:", places[i]);
                check(refused(function, sizes[k], RAM, BIT(i)), "high half:", BIT(i));
            }
    for (unsigned k = 1; k + 1 < sizeof sizes / sizeof *sizes; k++) {
        check(refused(0, sizes[k] + 1, RAM + RAM_SIZE - 1, 0), "across the end:", sizes[k]);
        check(refused(1, sizes[k] + 1, RAM + RAM_SIZE - 1, 0), "across the end:", sizes[k]);
    }
}
