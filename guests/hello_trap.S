# hello's way down to VU-mode and back up on a trap. stvec tells the two kinds of traps apart: it is
# user_vector, and sscratch holds the frame, just while the program runs.

        .macro  each, op
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     x\n, (\n * 8)(a0)
        .endr
        .endm

        .text
# void enter_user(struct frame *f): frame is x1 to x31 behind the kernel's stack pointer, then pc.
# Comes back when the program has trapped.
        .globl  enter_user
enter_user:
        addi    sp, sp, -112
        sd      ra, 0(sp)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11
        sd      s\n, (8 + \n * 8)(sp)
        .endr
        sd      sp, 0(a0)
        csrw    sscratch, a0
        la      t0, user_vector
        csrw    stvec, t0
        ld      t0, 256(a0)
        csrw    sepc, t0
        each    ld
        ld      a0, 80(a0)
        sret

        .balign 4
user_vector:
        csrrw   a0, sscratch, a0
        each    sd
        csrr    t0, sscratch
        sd      t0, 80(a0)
        csrr    t0, sepc
        sd      t0, 256(a0)
        la      t0, kernel_vector
        csrw    stvec, t0
        ld      sp, 0(a0)
        ld      ra, 0(sp)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11
        ld      s\n, (8 + \n * 8)(sp)
        .endr
        addi    sp, sp, 112
        ret

# A trap of the kernel's own: remember the cause. An interrupt is not taken again until the kernel
# allows it; of an exception the four-byte instruction is skipped.
        .balign 4
        .globl  kernel_vector
kernel_vector:
        addi    sp, sp, -16
        sd      t0, 0(sp)
        sd      t1, 8(sp)
        csrr    t0, scause
        la      t1, kernel_cause
        sd      t0, 0(t1)
        bltz    t0, 1f
        csrr    t0, sepc
        addi    t0, t0, 4
        csrw    sepc, t0
        j       2f
1:      csrw    sie, zero
2:      ld      t0, 0(sp)
        ld      t1, 8(sp)
        addi    sp, sp, 16
        sret
