# A program for peers begins here, in M-mode, and comes back here by each trap.
#include "tests/peers/layout.h"

    .section .text.start, "ax"
    .globl _start
_start:
    la      sp, stack_top
    la      gp, __global_pointer$
    li      t0, 3 << 13
    csrw    mstatus, t0
    li      t1, REGISTERS + 256
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld     f\n, 8*\n(t1)
    .endr
    li      t0, REGISTERS
    csrw    mscratch, t0
    la      t0, trap
    csrw    mtvec, t0
    call    begin
    j       resume

    .balign 4
trap:
    csrrw   x31, mscratch, x31
    .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd      x\n, 8*\n(x31)
    .endr
    csrr    x1, mscratch
    sd      x1, 8*31(x31)
    csrw    mscratch, x31
    la      sp, stack_top
    la      gp, __global_pointer$
    call    on_trap
resume:
    li      x31, REGISTERS
    .irp    n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    ld      x\n, 8*\n(x31)
    .endr
    ld      x31, 8*31(x31)
    mret

# Save f0..f31 behind the x registers.
    .globl save_f
save_f:
    li      t1, REGISTERS + 256
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd     f\n, 8*\n(t1)
    .endr
    ret

    .bss
    .balign 16
    .space  4096
stack_top:

#include "mailboxes.inc"
