# Ends that a suite can have, by KIND.
    .globl _start
_start:
#if defined(LOOP)               /* never */
1:  j 1b
#elif defined(TRAPLOOP)         /* the handler itself cannot be fetched */
    csrw mtvec, zero
    unimp
#elif defined(WAIT)             /* for an interrupt that nothing raises */
    csrw mie, zero
1:  wfi
    j 1b
#elif defined(LEAK)             /* code 1 unless it is the first to use this memory */
    la t0, memory
    ld a0, (t0)
    li t1, 1
    sd t1, (t0)
    csrr t1, mscratch
    csrw mscratch, t0
    or a0, a0, t1
    snez a0, a0
    j end
memory = 0x90000000
#elif defined(GUEST)            /* code 4 after an illegal instruction in VU-mode */
    la t0, handler
    csrw mtvec, t0
    li t0, -1                   /* all of memory may be used */
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, 3 << 11
    csrc mstatus, t0
    li t0, 1 << 39              /* MPV */
    csrs mstatus, t0
    la t0, guest
    csrw mepc, t0
    mret
    .globl guest
guest:
    .word 0xffffffff
    .align 2
handler:
    li a0, 4
    j end
#elif defined(NOISY)            /* prints NOISY lines of "line" and a character, then code 3 */
    la t0, tohost
    li s0, NOISY
1:  la t1, text
2:  lbu t2, (t1)
    beqz t2, 3f
    li t3, 0x0101000000000000
    or t3, t3, t2
    sd t3, (t0)
    addi t1, t1, 1
    j 2b
3:  addi s0, s0, -1
    la t1, counter
    addi t2, s0, 'a'
    sb t2, (t1)
    bnez s0, 1b
    li a0, 3
#endif
end:
    slli a0, a0, 1
    ori a0, a0, 1
    la t0, tohost
    sd a0, (t0)
1:  j 1b

    .data
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
text:   .ascii "<line> "
counter: .asciz "-\n"
