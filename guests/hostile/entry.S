# Where an attack begins, and how it tries things: see hostile.h.

        .macro  each_but_t0, op, base
        .irp    n, 1,2,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     x\n, 8*\n(\base)
        .endr
        .endm

        .macro  each_saved, op
        \op     ra, 0(sp)
        \op     gp, 8(sp)
        \op     tp, 16(sp)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11
        \op     s\n, 24+8*\n(sp)
        .endr
        .endm

        .section .text.entry, "ax"
        .globl  _start
_start:
        csrrw   t0, sscratch, t0        # a register to work with, and what was in sscratch
        csrw    sepc, sp                # sp is the other one
        la      sp, first_csrs
        sd      t0, 0(sp)
        la      t0, first_x
        .irp    n, 1,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, 8*\n(t0)
        .endr
        csrr    t1, sepc
        sd      t1, 8*2(t0)
        csrr    t1, sscratch
        sd      t1, 8*5(t0)
        .irp    csr, scause,stval,stvec,satp,sie,sip
        addi    sp, sp, 8
        csrr    t1, \csr
        sd      t1, 0(sp)
        .endr
        la      sp, stack_top
        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        li      t0, 1 << 13             # FS = Initial
        csrs    sstatus, t0
        call    guest_main
        li      a0, 0
        call    shutdown

        .text
# u64 attempt(fn, a, b), u64 attempt_user(fn, a, b)
        .globl  attempt, attempt_user
attempt:
        addi    sp, sp, -128
        each_saved sd
        sd      sp, resume_sp, t0
        la      t0, vector
        csrw    stvec, t0
        mv      t0, a0
        mv      a0, a1
        mv      a1, a2
        jalr    t0
        j       no_trap

attempt_user:
        addi    sp, sp, -128
        each_saved sd
        sd      sp, resume_sp, t0
        la      t0, vector
        csrw    stvec, t0
        csrw    sepc, a0
        li      t0, 1 << 8              # SPP = user
        csrc    sstatus, t0
        mv      a0, a1
        mv      a1, a2
        la      ra, user_return
        la      sp, user_stack_top
        sret

        .balign 4
user_return:
        ecall

# Every trap comes here: an interrupt goes on afterwards, an exception ends the attempt.
        .balign 4
        .globl  vector
vector:
        csrw    sscratch, t0
        csrr    t0, scause
        bltz    t0, interrupt
        sd      t0, last, t1
        csrr    t0, stval
        sd      t0, last + 8, t1
        csrr    t0, sepc
        sd      t0, last + 16, t1
        la      t1, user_return
        beq     t0, t1, no_trap
        j       end_attempt
no_trap:
        sd      a0, last + 24, t0
        li      t0, -1
        sd      t0, last, t1
        .globl  end_attempt
end_attempt:
        ld      sp, resume_sp
        each_saved ld
        addi    sp, sp, 128
        ld      a0, last
        ret

interrupt:
        la      t0, interrupt_frame
        each_but_t0 sd, t0
        csrr    t1, sepc
        sd      t1, 0(t0)
        la      sp, interrupt_stack_top
        csrr    a0, scause
        slli    a0, a0, 1
        srli    a0, a0, 1
        call    take_interrupt
        la      t0, interrupt_frame
        ld      t1, 0(t0)
        csrw    sepc, t1
        each_but_t0 ld, t0
        csrr    t0, sscratch
        sret

# Another hart: a0 is its number, a1 the end of its stack.
        .balign 4
        .globl  hart_start
hart_start:
        mv      sp, a1
        la      t0, vector
        csrw    stvec, t0
        ld      t0, hart_main
        jalr    t0
1:      wfi
        j       1b

# struct sbiret sbi6(extension, function, arguments): what all registers hold before and after the call
# is left in before_x and after_x, for C to compare.
        .globl  sbi6_raw
sbi6_raw:
        addi    sp, sp, -128
        each_saved sd
        sd      sp, sbi_sp, t0
        mv      a7, a0
        mv      a6, a1
        mv      t0, a2
        ld      a0, 0(t0)
        ld      a1, 8(t0)
        ld      a2, 16(t0)
        ld      a3, 24(t0)
        ld      a4, 32(t0)
        ld      a5, 40(t0)
        ld      x31, pattern
        .irp    n, 1,3,4,6,7,8,9,18,19,20,21,22,23,24,25,26,27,28,29,30
        addi    x\n, x31, \n
        .endr
        la      t0, before_x
        each_but_t0 sd, t0
        ecall
        csrw    sscratch, t0
        la      t0, after_x
        each_but_t0 sd, t0
        ld      sp, sbi_sp
        each_saved ld
        addi    sp, sp, 128
        ret

        .data
        .balign 8
pattern:
        .dword  0x5a5a5a5a5a5a5a00
        .globl  first_x, first_csrs, last, interrupt_frame
first_x:
        .space  32 * 8
first_csrs:
        .space  8 * 8
last:
        .space  4 * 8
resume_sp:
        .dword  0
sbi_sp:
        .dword  0
interrupt_frame:                        # pc, then x1 and so on
        .space  32 * 8
        .globl  before_x, after_x
before_x:
        .space  32 * 8
after_x:
        .space  32 * 8

        .bss
        .balign 16
        .space  8192
stack_top:
        .space  4096
interrupt_stack_top:
        .space  4096
user_stack_top:
