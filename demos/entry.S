/* The ways in and out of the monitor and of the kernel. */
    .text
    .global _start
_start:
    la sp, monitor_stack_top
    la t0, monitor_entry
    csrw mtvec, t0
    la t0, monitor_frame
    csrw mscratch, t0
    call monitor_main
    la t0, kernel_start
    csrw mepc, t0
    la sp, kernel_stack_top
    mret

kernel_start:
    call kernel_main
    ecall

/* mscratch has the frame; x0's place in it is the pc's. */
    .balign 4
monitor_entry:
    csrrw x31, mscratch, x31
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd x\n, 8*\n(x31)
    .endr
    mv a0, x31
    csrr t0, mscratch
    sd t0, 8*31(a0)
    csrr t0, mepc
    sd t0, 0(a0)
    csrw mscratch, a0
    la sp, monitor_stack_top
    mv s0, a0
    call monitor_trap
    mv x31, s0
    ld t0, 0(x31)
    csrw mepc, t0
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    ld x\n, 8*\n(x31)
    .endr
    ld x31, 8*31(x31)
    mret

/* The kernel saves what a C function may change, on the stack of what it interrupts. */
    .balign 4
    .global kernel_entry
kernel_entry:
    addi sp, sp, -128
    .set at, 0
    .irp r, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7
    sd \r, at(sp)
    .set at, at + 8
    .endr
    call kernel_interrupt
    .set at, 0
    .irp r, ra,t0,t1,t2,t3,t4,t5,t6,a0,a1,a2,a3,a4,a5,a6,a7
    ld \r, at(sp)
    .set at, at + 8
    .endr
    addi sp, sp, 128
    sret

    .bss
    .balign 16
monitor_frame:
    .skip 8 * 32
    .skip 4096
monitor_stack_top:
    .skip 4096
kernel_stack_top:
