/* Misaligned LR, SC and AMOs, which trap, and misaligned loads and stores, which may: the trap, if
 * there is one, must be the misaligned or the access exception.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum {
    LR_D = 0x1005352f,      /* lr.d a0, (a0) */
    SC_D = 0x18b5352f,      /* sc.d a0, a1, (a0) */
    AMOADD_D = 0x00b5352f,  /* amoadd.d a0, a1, (a0) */
    AMOSWAP_W = 0x08b5252f, /* amoswap.w a0, a1, (a0) */
};

static bool load_fault(u64 cause)
{
    return cause == LOAD_MISALIGNED || cause == LOAD_ACCESS;
}

static bool store_fault(u64 cause)
{
    return cause == STORE_MISALIGNED || cause == STORE_ACCESS;
}

static bool as_plain(u64 cause, bool (*fault)(u64))
{
    return cause == NONE || fault(cause);
}

void attack(void)
{
    static u64 space[8];
    for (u64 offset = 1; offset < 8; offset++) {
        u64 at = (u64)space + offset;
        check(load_fault(attempt_word(LR_D, at, 0)), "lr.d at +", offset);
        check(store_fault(attempt_word(SC_D, at, 0)), "sc.d at +", offset);
        check(store_fault(attempt_word(AMOADD_D, at, 1)), "amoadd.d at +", offset);
        if (offset % 4)
            check(store_fault(attempt_word(AMOSWAP_W, at, 1)), "amoswap.w at +", offset);
        check(as_plain(attempt(load64, at, 0), load_fault), "load at +", offset);
        check(as_plain(attempt(store64, at, 1), store_fault), "store at +", offset);
        check(as_plain(attempt_user(load64, at, 0), load_fault), "VU's load at +", offset);
    }
}
