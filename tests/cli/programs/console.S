# By HTIF: prints its arguments, one a line, copies its input to its output, prints "!" by the
# console device, and exits with 3 by the system call.
    .equ WRITE, 64
    .equ READ, 63
    .equ EXIT, 93
    .equ ARGUMENTS, 2011

    .globl _start
_start:
    la sp, stack_end
    li a0, ARGUMENTS
    la a1, buffer
    li a2, 256
    call system_call
    la s0, buffer + 8           # argv
1:  ld s1, (s0)
    beqz s1, 4f
    mv s2, s1                   # its end
2:  lbu t0, (s2)
    beqz t0, 3f
    addi s2, s2, 1
    j 2b
3:  li t0, '\n'                 # in the place of its 0
    sb t0, (s2)
    li a0, WRITE
    li a1, 1
    mv a2, s1
    sub a3, s2, s1
    addi a3, a3, 1
    call system_call
    addi s0, s0, 8
    j 1b

4:  li a0, READ
    li a1, 0
    la a2, buffer
    li a3, 16
    call system_call
    blez a0, 5f
    mv a3, a0
    li a0, WRITE
    li a1, 2
    la a2, buffer
    call system_call
    j 4b

5:  li t0, 0x0101000000000000 | '!'
    la t1, tohost
    sd t0, (t1)
    li a0, EXIT
    li a1, 3
    call system_call
6:  j 6b

# a0 = number, a1.. = arguments; the result in a0
system_call:
    la t0, block
    sd a0, (t0)
    sd a1, 8(t0)
    sd a2, 16(t0)
    sd a3, 24(t0)
    la t1, tohost
    sd t0, (t1)
    la t1, fromhost
1:  ld t2, (t1)
    beqz t2, 1b
    sd zero, (t1)
    ld a0, (t0)
    ret

    .data
    .globl tohost, fromhost
    .align 6
tohost: .dword 0
fromhost: .dword 0
    .align 6
block:  .skip 64
buffer: .skip 256
stack:  .skip 256
stack_end:
