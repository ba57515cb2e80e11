# By HTIF, as programs do that have no sd or do not use it: prints "lo\n" with the low half of tohost
# stored first, "hi\n" with the high half first, and exits with 5 by the low half alone, which it stores
# again and again.
    .globl _start
_start:
    la s0, tohost
    la s1, text
1:  lbu a0, (s1)
    beqz a0, 3f
    sw a0, (s0)
    lui a1, 0x01010             # the console: print
    sw a1, 4(s0)
    call taken
    addi s1, s1, 1
    j 1b
3:  addi s1, s1, 1
4:  lbu a0, (s1)
    beqz a0, 5f
    lui a1, 0x01010
    sw a1, 4(s0)
    sw a0, (s0)
    call taken
    addi s1, s1, 1
    j 4b
5:  li a0, 5 << 1 | 1
6:  sw a0, (s0)
    j 6b

taken:
    ld t0, (s0)
    bnez t0, taken
    ret

    .data
text: .asciz "lo\n"
    .asciz "hi\n"
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
