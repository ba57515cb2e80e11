/* The frame of a benchmark: BENCH_BEGIN, code, BENCH_END with a checksum in a0.
 *
 * The program prints nothing. Its checksum's low 7 bits are its exit code, so that a wrong result is
 * seen; how many events it makes stands in its first line, as "events: N", for bench/run.sh. */
.macro BENCH_BEGIN
    .option norvc
    .globl _start
_start:
    la sp, stack_top
.endm

.macro BENCH_END
    andi a0, a0, 127
    slli a0, a0, 1
    ori a0, a0, 1
    la t0, tohost
    sd a0, 0(t0)
1:  j 1b

    .bss
    .balign 4096
stack:
    .space 4096
stack_top:
    .section .tohost, "aw"
    .balign 4096
    .globl tohost, fromhost
    .size tohost, 8 /* QEMU looks at it */
    .size fromhost, 8
tohost:
    .dword 0
    .balign 64
fromhost:
    .dword 0
    .balign 4096
.endm
