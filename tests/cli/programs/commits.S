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
    li a6, 0x1fff
    li a7, 0x2004000
    sd a6, (a7)                 # no timer interrupt is pending, whatever mtimecmp was
    csrw mideleg, a6            # registers that are views of others
    csrw 0x603, a6              # hideleg
    csrs sie, a6
    csrc 0x604, a6              # hie
    csrs 0x204, a6              # vsie
    csrs 0x644, a6              # hip
    csrc 0x244, a6              # vsip
    csrsi 0x645, 4              # hvip
    csrs fcsr, zero
    csrw sstatus, zero
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
