/* events: 100000000; an iteration of integer work in M-mode: xorshift, add, load, store, branches */
#include "bench/frame.inc"
    BENCH_BEGIN
    li s0, 100000000
    li a0, 88172645463325252
    la s1, buffer
1:  slli t0, a0, 13
    xor a0, a0, t0
    srli t0, a0, 7
    xor a0, a0, t0
    slli t0, a0, 17
    xor a0, a0, t0
    andi t1, a0, 0x7f8
    add t1, t1, s1
    ld t2, 0(t1)
    add t2, t2, a0
    sd t2, 0(t1)
    andi t3, a0, 1
    beqz t3, 2f
    addi s2, s2, 3
2:  addi s0, s0, -1
    bnez s0, 1b
    add a0, a0, s2
    BENCH_END
    .bss
    .balign 4096
buffer:
    .space 4096
