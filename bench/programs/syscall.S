# The user's program and the kernel's way in and out of it, for syscall.c.
#include "registers.inc"

    .option norvc

# In U-mode. a0: the value that the kernel is to change; a1: how often to ask for that.
    .section .user, "ax"
    .globl  user_program
user_program:
    li      a7, 1
    ecall
    addi    a1, a1, -1
    bnez    a1, user_program
    li      a7, 0
    ecall

    .text
# void run_user(struct frame *f): leave for U-mode, come back at the system call that ends it.
    .globl  run_user
run_user:
    addi    sp, sp, -112
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd      s\n, 8*\n(sp)
    .endr
    sd      ra, 96(sp)
    sd      sp, 256(a0)             # f->kernel_sp
    la      t0, entry
    csrw    stvec, t0
    csrw    sscratch, a0
    mv      sp, a0
    j       leave

    .balign 4
entry:
    csrrw   sp, sscratch, sp
    SAVE_ALL_BUT 2, sp
    csrr    t0, sscratch
    sd      t0, 16(sp)
    csrw    sscratch, sp
    csrr    t0, sepc
    sd      t0, 264(sp)
    csrr    t0, sstatus
    sd      t0, 272(sp)
    csrr    a1, scause
    mv      a0, sp
    mv      s0, sp
    ld      sp, 256(sp)
    call    system_call
    beqz    a0, ended
    mv      sp, s0
leave:
    ld      t0, 264(sp)
    csrw    sepc, t0
    ld      t0, 272(sp)
    csrw    sstatus, t0
    LOAD_ALL_BUT 2, sp
    ld      sp, 16(sp)
    sret

ended:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld      s\n, 8*\n(sp)
    .endr
    ld      ra, 96(sp)
    addi    sp, sp, 112
    ret
