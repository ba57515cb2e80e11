# Reset: hart 0 gets a stack, zeroed .bss and a trap handler, and calls main; other harts sleep.

    .section .text.start, "ax"
    .globl _start
_start:
    csrw    mie, zero
    li      t0, 1 << 42             # mstatus.MDT: with Smdbltrp, traps are errors until it is clear
    csrc    mstatus, t0
    la      t0, 1f
    csrw    mtvec, t0
    csrwi   0x744, 8                # mnstatus.NMIE: likewise with Smrnmi; a trap to 1f without it
    .balign 4
1:
    csrr    t0, mhartid
    bnez    t0, sleep
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, m_stack_top
    la      t0, bss_start
    la      t1, bss_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    la      t0, trap_m
    csrw    mtvec, t0
    call    main
    j       finish
sleep:
    wfi
    j       sleep

    .bss
    .balign 16
    .space  16384
m_stack_top:
    .space  16384
    .globl mode_stack_top
mode_stack_top:

#include "mailboxes.inc"
