# Every hart gets a stack of 16 KiB and calls run_hart(hart), in M-mode. Traps: on_trap() in C.

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
1:  la      t0, trap
    csrw    mtvec, t0
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    csrr    a0, mhartid
    la      sp, stacks
    addi    t1, a0, 1
    slli    t1, t1, 14
    add     sp, sp, t1
    csrw    mscratch, sp            # of traps from S-mode: its upper half is run_hart's own
    li      t1, 8192
    sub     sp, sp, t1
    call    run_hart
1:  wfi
    j       1b

# A trap from S-mode or from M-mode keeps all registers that C may change.
    .balign 4
trap:
    csrrw   sp, mscratch, sp
    addi    sp, sp, -128
    sd      ra, 0(sp)
    sd      t0, 8(sp)
    sd      t1, 16(sp)
    sd      t2, 24(sp)
    sd      a0, 32(sp)
    sd      a1, 40(sp)
    sd      a2, 48(sp)
    sd      a3, 56(sp)
    sd      a4, 64(sp)
    sd      a5, 72(sp)
    sd      a6, 80(sp)
    sd      a7, 88(sp)
    sd      t3, 96(sp)
    sd      t4, 104(sp)
    sd      t5, 112(sp)
    sd      t6, 120(sp)
    csrr    a0, mcause
    csrr    a1, mhartid
    call    on_trap
    ld      ra, 0(sp)
    ld      t0, 8(sp)
    ld      t1, 16(sp)
    ld      t2, 24(sp)
    ld      a0, 32(sp)
    ld      a1, 40(sp)
    ld      a2, 48(sp)
    ld      a3, 56(sp)
    ld      a4, 64(sp)
    ld      a5, 72(sp)
    ld      a6, 80(sp)
    ld      a7, 88(sp)
    ld      t3, 96(sp)
    ld      t4, 104(sp)
    ld      t5, 112(sp)
    ld      t6, 120(sp)
    addi    sp, sp, 128
    csrrw   sp, mscratch, sp
    mret

    .bss
    .balign 4096
    .globl  stacks
stacks:
    .space  4 * 16384

#include "mailboxes.inc"
