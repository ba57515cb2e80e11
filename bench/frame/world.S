# The world switch: from HS-mode into a guest and back at its exits. See world.h.
#include "registers.inc"

    .option norvc
    .text
    .globl  run_guest
run_guest:
    addi    sp, sp, -112
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd      s\n, 8*\n(sp)
    .endr
    sd      ra, 96(sp)
    la      t0, exit
    csrw    stvec, t0
enter:                              # a0: the vcpu, sp: the host's
    sd      sp, 256(a0)
    csrw    sscratch, a0
    ld      t0, 264(a0)
    csrw    sepc, t0
    ld      t0, 272(a0)
    csrw    sstatus, t0
    ld      t0, 280(a0)
    csrw    hstatus, t0
    LOAD_ALL_BUT 10, a0
    ld      a0, 80(a0)
    sret

    .balign 4
exit:
    csrrw   a0, sscratch, a0
    SAVE_ALL_BUT 10, a0
    csrr    t0, sscratch
    sd      t0, 80(a0)
    csrr    t0, sepc
    sd      t0, 264(a0)
    csrr    t0, sstatus
    sd      t0, 272(a0)
    csrr    t0, hstatus
    sd      t0, 280(a0)
    ld      sp, 256(a0)
    csrr    a1, scause
    call    guest_exit
    bnez    a0, enter

    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld      s\n, 8*\n(sp)
    .endr
    ld      ra, 96(sp)
    addi    sp, sp, 112
    ret

# A program without guests has no guest_exit and does not run this.
    .weak   guest_exit
