# A guest in VS-mode that calls M-mode three times; then it gives HS-mode an illegal instruction, and
# the run ends. The guest has 7 instructions, M-mode's handler 4.
    .equ MSTATUS_MPP_S, 1 << 11
    .equ ILLEGAL, 1 << 2
    .globl _start
_start:
    la t0, called
    csrw mtvec, t0
    la t0, end
    csrw stvec, t0
    li t0, ILLEGAL
    csrw medeleg, t0
    li t0, -1                   # PMP: everything is everybody's
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, MSTATUS_MPP_S | 1 << 39  # MPV
    csrs mstatus, t0
    la t0, guest
    csrw mepc, t0
    mret

guest:
    li a0, 1
    ecall
    ecall
    nop
    ecall
    nop
    unimp

    .align 2
called:
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    mret

    .align 2
end:
    li a0, 1
    la t0, tohost
    sd a0, (t0)
1:  j 1b

    .data
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
