# In S-mode, over OpenSBI: ask the SBI's PMU extension for a programmable counter (none of 0 to 2) of
# retired instructions, started at 0, and count a loop with it. The test finisher gets 1 for no
# counter, 2 for one that was not asked for, 3 for a wrong count.
    .option norvc
    .globl _start
_start:
    li a7, 0x504d55         # PMU
    li a6, 2                # counter_config_matching
    li a0, 0                # counters from 0 on
    li a1, 0xfffffff8       # of this mask
    li a2, 6                # clear the value, start
    li a3, 2                # SBI_PMU_HW_INSTRUCTIONS
    li a4, 0
    ecall
    li s0, 1
    bnez a0, fail
    li s0, 2
    addi t0, a1, -3
    li t1, 28
    bgtu t0, t1, fail
    slli t0, t0, 3          # its instructions in read
    la t2, read
    add t2, t2, t0
    jalr t2
    mv s1, a0
    li t0, 1000
1:  addi t0, t0, -1
    bnez t0, 1b
    jalr t2
    sub s1, a0, s1
    li t0, 2005             # csrr, ret, mv, li, the loop, jalr
    li s0, 3
    bne s1, t0, fail
    li t1, 0x5555
    j end
fail:
    slli s0, s0, 16
    li t1, 0x3333
    or t1, t1, s0
end:
    li t0, 0x100000
    sw t1, 0(t0)
1:  j 1b

read:
    .irp n,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    csrr a0, hpmcounter\n
    ret
    .endr
