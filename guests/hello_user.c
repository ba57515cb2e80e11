/* The program that hello runs in VU-mode. It and its constants stand in pages of their own and it
 * uses nothing of the kernel's; it only reads what it has, and writes to its stack and heap. */
#include "guests/guest.h"
#include "guests/hello.h"

static u64 system_call(u64 number, u64 arg0, u64 arg1)
{
    register u64 a0 __asm__("a0") = arg0;
    register u64 a1 __asm__("a1") = arg1;
    register u64 a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static void say(const char *text)
{
    u64 size = 0;
    while (text[size]) size++;
    system_call(SYS_WRITE, (u64)text, size);
}

static void try_heap(void)
{
    volatile u64 *heap = (volatile u64 *)(USER_HEAP + 0x1238);
    *heap = 0x1234567890abcdef;
    say(*heap == 0x1234567890abcdef ? "VU: the heap came when it was touched\n"
                                    : "VU: the heap does NOT hold\n");
}

/* The kernel skips an access that it refuses, and tells its cause. The instructions are four bytes
 * long so that it knows how far to skip. */
static void try_forbidden(void)
{
    u64 value = 0;
    __asm__ volatile(".option push\n\t.option norvc\n\tlw %0, 0(%1)\n\t.option pop"
                     : "+r"(value)
                     : "r"(KERNEL_BASE)
                     : "memory");
    say(system_call(SYS_LAST_FAULT, 0, 0) == 13 ? "VU: the kernel's memory is not for me\n"
                                                : "VU: the kernel's memory is OPEN\n");
    __asm__ volatile(".4byte 0"); /* defined to be no instruction */
    say(system_call(SYS_LAST_FAULT, 0, 0) == 2 ? "VU: zero is not an instruction\n"
                                               : "VU: zero IS an instruction\n");
    __asm__ volatile("csrr %0, sstatus" : "=r"(value));
    say(system_call(SYS_LAST_FAULT, 0, 0) == 2 ? "VU: sstatus is not for me\n"
                                               : "VU: sstatus is OPEN\n");
    __asm__ volatile("wfi");
    say(system_call(SYS_LAST_FAULT, 0, 0) == 2 ? "VU: wfi is not for me\n" : "VU: wfi is OPEN\n");
}

/* Computes without a system call until the interrupts have come: they must come by themselves. */
static void be_interrupted(void)
{
    u64 begin = csr_read(time), n = 0;
    system_call(SYS_ARM, TICKS_WHILE_COMPUTING, 0);
    while (system_call(SYS_TICKS, 0, 0) < TICKS_WHILE_COMPUTING)
        for (u64 i = 0; i < 100000; i++) __asm__ volatile("" : "+r"(n));
    say(csr_read(time) > begin ? "VU: interrupted while computing, and time went on\n"
                               : "VU: time stands STILL\n");
}

__attribute__((section(".text.user_main"))) void user_main(void)
{
    say("VU: a program below the kernel\n");
    try_heap();
    try_forbidden();
    be_interrupted();
    system_call(SYS_SLEEP, TICKS_WHILE_ASLEEP, 0);
    say("VU: slept well\n");
    system_call(SYS_EXIT, 0, 0);
}
