# Entry from the firmware (HS-mode, a0 = hartid, a1 = device tree, paging off), and the trap vectors
# that stand while vmm itself runs.

        .section .text.start, "ax"
        .globl start
start:
        csrw    sie, zero
        la      sp, boot_stack_top
        la      t0, host_vector
        csrw    stvec, t0
        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        call    main
2:      wfi
        j       2b

# The other harts come from the firmware with a1 = their struct hart, whose first field is the top of
# their stack.
        .globl start_secondary
start_secondary:
        csrw    sie, zero
        mv      tp, a1
        ld      sp, 0(a1)
        la      t0, host_vector
        csrw    stvec, t0
        call    hart_main

        .text
# vmm does not expect to trap: say so and stop.
        .balign 4
        .globl host_vector
host_vector:
        csrr    a0, scause
        csrr    a1, sepc
        csrr    a2, stval
        la      sp, boot_stack_top
        call    host_trap

# An instruction run by try_instruction trapped: skip it, put 1 into t0.
        .balign 4
        .globl probe_vector
probe_vector:
        csrr    t0, sepc
        addi    t0, t0, 4
        csrw    sepc, t0
        li      t0, 1
        sret

        .bss
        .balign 16
        .space  16384
boot_stack_top:
