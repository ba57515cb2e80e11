# Where every benchmark begins: parameters at a fixed place, stacks, the way into M-mode and out.

    .section .text.start, "ax"
    .globl _start
_start:
    j       start

# struct params (frame.h). bench/ writes other values into the image, behind the magic text.
    .balign 64
    .globl params
params:
    .ascii  "vhart benchmark\0"
    .dword  2, 1, 64, 1, 0, 0, 0    # rounds, size, stride, harts, mode, leaf, board

start:
    csrw    mie, zero
    li      t0, 1 << 42             # mstatus.MDT: with Smdbltrp, traps are errors until it is clear
    csrc    mstatus, t0
    la      t0, 1f
    csrw    mtvec, t0
    csrwi   0x744, 8                # mnstatus.NMIE: likewise with Smrnmi; a trap to 1f without it
    .balign 4
1:  la      t0, trap
    csrw    mtvec, t0
    csrr    t0, mhartid
    la      t1, params
    ld      t1, 40(t1)              # harts
    bgeu    t0, t1, sleep
    la      sp, stacks_end
    slli    t1, t0, 12
    sub     sp, sp, t1
    bnez    t0, 1f
    call    boot
1:  mv      a0, t0
    call    another_hart
sleep:
    wfi
    j       sleep

# The program ends by ecall, from whatever mode, with its results in a0 and a1; any other trap that
# it did not have delegated is a failure.
    .balign 4
trap:
    csrr    a2, minstret
    csrr    a3, mcause
    csrr    a4, mepc
    csrr    a5, mtval
    la      sp, stacks_end
    j       after_trap

    .section .stacks, "aw", @nobits
    .balign 4096
    .space  64 * 4096
stacks_end:

# HTIF's two mailboxes. QEMU insists on their sizes.
    .section .htif, "aw"
    .balign 4096
    .globl  tohost, fromhost
    .type   tohost, @object
    .size   tohost, 8
tohost:
    .dword  0
    .balign 64
    .type   fromhost, @object
    .size   fromhost, 8
fromhost:
    .dword  0
    .balign 4096
