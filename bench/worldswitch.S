/* events: 1000000; a world switch: ecall from VS to HS and back, all registers saved and restored */
#include "bench/frame.inc"
    BENCH_BEGIN
    la t0, fail
    csrw mtvec, t0
    li t0, 0x400                /* medeleg: ecalls from VS to HS */
    csrw medeleg, t0
    li t0, -1                   /* PMP: all memory for everyone */
    csrw pmpaddr0, t0
    li t0, 31
    csrw pmpcfg0, t0
    li t0, 0x800                /* to HS */
    csrs mstatus, t0
    li t0, 0x1000
    csrc mstatus, t0
    la t0, host
    csrw mepc, t0
    mret
host:
    la t0, exit
    csrw stvec, t0
    la t0, frame
    csrw sscratch, t0
    li t0, 0x180                /* hstatus: SPV, SPVP */
    csrs hstatus, t0
    li t0, 0x100                /* SPP */
    csrs sstatus, t0
    la t0, guest
    csrw sepc, t0
    sret
guest:
    li s0, 1000000
    li a0, 0
1:  ecall
    addi s0, s0, -1
    bnez s0, 1b
    li a7, 1
    ecall

    .balign 4
exit:
    csrrw sp, sscratch, sp
    .irp r, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd x\r, 8*\r(sp)
    .endr
    csrr t0, scause
    li t1, 10
    bne t0, t1, fail
    bnez a7, done
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    csrr t1, hstatus
    csrw hstatus, t1
    ld a0, 80(sp)
    addi a0, a0, 1
    sd a0, 80(sp)
    .irp r, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld x\r, 8*\r(sp)
    .endr
    csrrw sp, sscratch, sp
    sret
    .balign 4
fail:
    li a0, 127
    j end
done:
    ld a0, 80(sp)
end:
    BENCH_END
    .bss
    .balign 4096
frame:
    .space 4096
