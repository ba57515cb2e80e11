/* A user program that makes SBI calls: they are its kernel's to answer, not the hypervisor's.
 * outcome: contained */
#include "guests/hostile/hostile.h"

enum { ECALL = 0x00000073 };

/* The shutdown call, from below. */
static u64 call(u64 extension, u64 unused)
{
    (void)unused;
    register u64 a0 __asm__("a0") = 0;
    register u64 a6 __asm__("a6") = 0;
    register u64 a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a6), "r"(a7) : "memory");
    return a0;
}

void attack(void)
{
    static const u64 extensions[] = {0, 1, 8, 0x10, SBI_SRST, SBI_HSM, SBI_DBCN, SBI_TIME};
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++)
        check(attempt_user(call, extensions[i], 0) == USER_ECALL, "VU's call", extensions[i]);
    check(attempt_word_user(ECALL, 0, 0) == USER_ECALL, "bare ecall", 0);
}
