/* Resets of types and for reasons that are reserved: refused.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    for (unsigned i = 0; i < 500; i++) {
        u64 type = 3 + nasty() % 0xeffffff0, reason = 2 + nasty() % 0xdffffff0;
        u64 reserved_type[6] = {type, 0}, reserved_reason[6] = {0, reason};
        check(sbi6(SBI_SRST, 0, reserved_type).error < 0, "type", type);
        check(sbi6(SBI_SRST, 0, reserved_reason).error < 0, "reason", reason);
    }
    sbi_hammer(SBI_SRST, 1, 16, 50);
}
