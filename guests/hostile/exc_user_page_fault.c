/* A user program under Sv39 that tries the kernel's pages and pages that are not there.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define CODE   (WINDOW + 0x1000)
#define KERNEL (u64) & root

static void expect(u32 word, u64 address, u64 wanted)
{
    static u32 code[1024] __attribute__((aligned(PAGE_SIZE)));
    code[0] = word;
    code[1] = 0x00000073; /* ecall */
    leaves[1] = pte((u64)code, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
    __asm__ volatile("fence.i\n\tsfence.vma" ::: "memory");
    u64 cause = attempt_user((u64(*)(u64, u64))CODE, address, 0);
    check(cause == wanted, "VU's access to", address);
    if (wanted != USER_ECALL) check(last.tval == address, "address of the fault", last.tval);
}

enum {
    LD = 0x00053503, /* ld a0, 0(a0) */
    SD = 0x00b53023, /* sd a1, 0(a0) */
    JR = 0x00050067, /* jr a0 */
    NOP = 0x00000013,
};

void attack(void)
{
    paging_on();
    expect(NOP, 0, USER_ECALL);
    expect(LD, CODE, USER_ECALL);
    expect(LD, KERNEL, LOAD_PAGE);
    expect(SD, KERNEL, STORE_PAGE);
    expect(JR, KERNEL, FETCH_PAGE);
    expect(SD, CODE, STORE_PAGE);
    expect(LD, 0, LOAD_PAGE);
    expect(LD, WINDOW + 0x1ff000, LOAD_PAGE);
    paging_off();
}
