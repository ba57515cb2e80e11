# Into a mode and back. enter() saves what the C calling convention asks for and leaves by mret; the
# first trap is recorded in trap_record by the handler of the level that takes it, which then
# gets down to M (HS and VS by ecall), where the way back to enter()'s caller is.
# Nothing of the interrupted snippet is kept but a0.

# Offsets in struct trap (harness.h)
    .equ LEVEL, 0
    .equ CAUSE, 8
    .equ EPC, 16
    .equ TVAL, 24
    .equ TVAL2, 32
    .equ TINST, 40
    .equ STATUS, 48
    .equ HSTATUS, 56
    .equ VALUE, 64
    .equ VECTOR, 72
    .equ DONE, 80                   # set by the first handler of a run()

# The first handler's beginning: t0 is trap_record. Ends at \to when the snippet has just returned.
    .macro FIRST epc, to
    li      t2, 1
    sd      t2, DONE(t0)
    sd      a0, VALUE(t0)
    sd      t1, VECTOR(t0)
    csrr    t2, \epc
    sd      t2, EPC(t0)
    la      t3, leave
    beq     t2, t3, \to
    .endm

    .text
# void enter(const void *code, u64 a0, u64 a1, u64 a2): MPP and MPV tell the mode.
    .globl enter
enter:
    la      t0, context
    sd      ra, 0(t0)
    sd      sp, 8(t0)
    sd      gp, 16(t0)
    sd      tp, 24(t0)
    sd      s0, 32(t0)
    sd      s1, 40(t0)
    sd      s2, 48(t0)
    sd      s3, 56(t0)
    sd      s4, 64(t0)
    sd      s5, 72(t0)
    sd      s6, 80(t0)
    sd      s7, 88(t0)
    sd      s8, 96(t0)
    sd      s9, 104(t0)
    sd      s10, 112(t0)
    sd      s11, 120(t0)
    csrw    mepc, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    la      sp, mode_stack_top
    la      ra, leave
    mret

# M: record, unless a lower level was first.
    .balign 4
    .globl trap_m
trap_m:
    la      t0, context
    ld      t2, 8(t0)               # 0: not in a run(), the trap is the test program's own
    beqz    t2, stray
    la      t0, trap_record
    ld      t2, DONE(t0)
    bnez    t2, back
    FIRST   mepc, back
    csrr    t2, mcause
    sd      t2, CAUSE(t0)
    csrr    t2, mtval
    sd      t2, TVAL(t0)
    csrr    t2, mtval2
    sd      t2, TVAL2(t0)
    csrr    t2, mtinst
    sd      t2, TINST(t0)
    csrr    t2, mstatus
    sd      t2, STATUS(t0)
    csrr    t2, hstatus
    sd      t2, HSTATUS(t0)
    li      t2, 1                   # LEVEL_M
    sd      t2, LEVEL(t0)
back:
    li      t2, 1 << 17             # mstatus.MPRV must not govern the loads below
    csrc    mstatus, t2
    la      t0, context
    ld      ra, 0(t0)
    ld      sp, 8(t0)
    ld      gp, 16(t0)
    ld      tp, 24(t0)
    ld      s0, 32(t0)
    ld      s1, 40(t0)
    ld      s2, 48(t0)
    ld      s3, 56(t0)
    ld      s4, 64(t0)
    ld      s5, 72(t0)
    ld      s6, 80(t0)
    ld      s7, 88(t0)
    ld      s8, 96(t0)
    ld      s9, 104(t0)
    ld      s10, 112(t0)
    ld      s11, 120(t0)
    sd      zero, 8(t0)
    ret
stray:
    la      sp, m_stray_top
    j       stray_trap

# HS. The way down is an ecall, and if that is delegated to this very level, an M-mode CSR.
    .balign 4
    .globl trap_hs
trap_hs:
    la      t0, trap_record
    ld      t2, DONE(t0)
    bnez    t2, 1f
    FIRST   sepc, down
    csrr    t2, scause
    sd      t2, CAUSE(t0)
    csrr    t2, stval
    sd      t2, TVAL(t0)
    csrr    t2, htval
    sd      t2, TVAL2(t0)
    csrr    t2, htinst
    sd      t2, TINST(t0)
    csrr    t2, sstatus
    sd      t2, STATUS(t0)
    csrr    t2, hstatus
    sd      t2, HSTATUS(t0)
    li      t2, 2                   # LEVEL_HS
    sd      t2, LEVEL(t0)
down:
    ecall
1:  csrr    t2, mscratch
    j       1b

# VS: the CSR names of S-mode stand for the VS CSRs here.
    .balign 4
    .globl trap_vs
trap_vs:
    la      t0, trap_record
    ld      t2, DONE(t0)
    bnez    t2, down
    FIRST   sepc, down
    csrr    t2, scause
    sd      t2, CAUSE(t0)
    csrr    t2, stval
    sd      t2, TVAL(t0)
    csrr    t2, sstatus
    sd      t2, STATUS(t0)
    li      t2, 3                   # LEVEL_VS
    sd      t2, LEVEL(t0)
    j       down

# A table for vectored mode: an entry leaves its own address + 4 in t1, which becomes `vector`.
    .balign 256
    .option push
    .option norvc
    .globl vector_table, vector_table_hs, vector_table_vs
vector_table:
    .rept   16
    jal     t1, trap_m
    .endr
    .balign 256
vector_table_hs:
    .rept   16
    jal     t1, trap_hs
    .endr
    .balign 256
vector_table_vs:
    .rept   16
    jal     t1, trap_vs
    .endr
    .option pop

    .bss
    .balign 16
context:
    .space  128
    .space  2048
m_stray_top:

# Snippets return to here, in any mode; no handler takes this ecall for a snippet's.
    .section .utext, "ax"
    .balign 4
    .globl leave
leave:
    ecall
