# One of each kind of line in a commit log. Registers are written before they are read, since a
# simulator may start with any value in them.
    .globl _start
_start:
    la t0, handler
    csrw mtvec, t0
    li a6, 0
    li a7, 0
    la a0, data
    ld a1, 0(a0)
    sb a1, 9(a0)
    sh a1, 10(a0)
    c.sw a1, 0(a0)
    amoadd.w a2, a1, (a0)
    amoswap.d zero, a1, (a0)
    lr.d a3, (a0)
    sc.d a4, a1, (a0)
    .insn r 0x2f, 4, 0x14, a6, a0, a2 # amocas.q a6, a2, (a0): a6 and a7
    .insn i 0x0f, 2, zero, a0, 4      # cbo.zero (a0)
    csrrw a5, mscratch, a0
    csrrs a5, mscratch, zero
    ecall
    li a0, 1
    la t0, tohost
    sd a0, (t0)
1:  j 1b

    .align 2
handler:
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    mret

    .data
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
    .align 6
data:   .dword 0x1122334455667788, 2
