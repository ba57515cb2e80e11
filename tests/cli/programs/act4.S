# What docs/act4/rvmodel_macros.h promises: text, each interrupt set and cleared, an access fault, the
# end. Whatever is not so ends with HALT_FAIL; -DFAIL does in any case.
#include "rvmodel_macros.h"

# pending MASK, WANTED: mip under the mask, and nothing else of it
    .macro pending mask, wanted
    li a2, \mask
    csrr a3, mip
    and a3, a3, a2
    li a4, \wanted
    bne a3, a4, failed
    .endm

    .section .text.init, "ax"
    .globl rvtest_entry_point
rvtest_entry_point:
    la t0, failed
    csrw mtvec, t0
    la sp, __stack_top
    la s0, text
    RVMODEL_IO_INIT(t0, t1, t2)
    RVMODEL_IO_WRITE_STR(t0, t1, t2, s0)
    la s0, more
    RVMODEL_IO_WRITE_STR(t0, t1, t2, s0)

    li t1, RVMODEL_MTIMECMP_ADDRESS
    li t2, -1
    sd t2, 0(t1)
    .equ LINES, 0xa88           # MEIP, SEIP, MTIP, MSIP
    pending LINES, 0
    RVMODEL_SET_MSW_INT(t0, t1)
    pending LINES, 0x008
    RVMODEL_CLR_MSW_INT(t0, t1)
    pending LINES, 0
    RVMODEL_SET_MEXT_INT(t0, t1)
    pending LINES, 0x800
    RVMODEL_CLR_MEXT_INT(t0, t1)
    pending LINES, 0
    RVMODEL_SET_SEXT_INT(t0, t1)
    pending LINES, 0x200
    RVMODEL_CLR_SEXT_INT(t0, t1)
    pending LINES, 0
    RVMODEL_SET_MEXT_INT(t0, t1) # again, after the other
    pending LINES, 0x800
    RVMODEL_CLR_MEXT_INT(t0, t1)
    pending LINES, 0

    li t0, RVMODEL_MTIME_ADDRESS
    ld t2, 0(t0)
    addi t2, t2, RVMODEL_TIMER_INT_SOON_DELAY
    li t1, RVMODEL_MTIMECMP_ADDRESS
    sd t2, 0(t1)
    pending LINES, 0
    li t3, (RVMODEL_TIMER_INT_SOON_DELAY + 1) * RVMODEL_MAX_CYCLES_PER_TIMER_TICK
1:  addi t3, t3, -1
    bnez t3, 1b
    pending LINES, 0x080

    la t0, faulted
    csrw mtvec, t0
    li t1, RVMODEL_ACCESS_FAULT_ADDRESS
    lw t2, 0(t1)
    j failed
    .balign 4
faulted:
    csrr t0, mcause
    li t1, 5
    bne t0, t1, failed
#ifndef FAIL
    RVMODEL_HALT_PASS
#endif
    .balign 4
failed:
    RVMODEL_HALT_FAIL

    RVMODEL_DATA_SECTION
    .data
text: .asciz "some text, "
more: .asciz "and more\n"
