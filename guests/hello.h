/* Between hello's kernel and its VU-mode program: numbers that both use. */
#ifndef GUESTS_HELLO_H
#define GUESTS_HELLO_H

/* System calls: number in a7, arguments and result in a0, a1. */
enum { SYS_WRITE, SYS_TICKS, SYS_ARM, SYS_SLEEP, SYS_LAST_FAULT, SYS_EXIT };

/* Virtual addresses of the program (guest.ld), its stack, and of memory mapped when touched. */
#define USER_BASE   0x40000000ull
#define USER_STACK  0x40100000ull
#define USER_HEAP   0x40200000ull
#define KERNEL_BASE 0x80200000ull

enum { USER_PAGES = 4 };

#define TICKS_WHILE_COMPUTING 3ull
#define TICKS_WHILE_ASLEEP    2ull

#endif
