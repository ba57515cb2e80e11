# Ends with exit code CODE, by the store STORE (sd or sw) to HTIF, or by the test finisher.
#ifndef STORE
#define STORE sd
#endif
    .globl _start, other
_start:
    li a0, CODE
#ifdef FINISHER
    lui t0, 0x100               # 0x100000
    slli a0, a0, 16
    beqz a0, 1f
    li t1, 0x3333               # fail, with the code above it
    or a0, a0, t1
    sw a0, (t0)
1:  li t1, 0x5555               # pass
    sw t1, (t0)
#else
    slli a0, a0, 1
    ori a0, a0, 1
    la t0, tohost
    STORE a0, (t0)
#endif
2:  j 2b
other:                          # another place to start at: ends with 9
    li a0, 9 << 1 | 1
    la t0, tohost
    STORE a0, (t0)
3:  j 3b

    .data
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
