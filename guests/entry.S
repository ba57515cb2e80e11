# Where a guest begins: VS-mode, a0 = hartid, a1 = device tree, paging off.

        .section .text.entry, "ax"
        .globl  _start
_start:
        la      sp, stack_top
        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        li      t0, 1 << 13             # FS = Initial
        csrs    sstatus, t0
        call    guest_main
        li      a0, 0
        call    shutdown

        .text
        .option arch, +d
# The value of fn is key + n * 0x0101010101010101, of which neither key nor n is likely elsewhere.
# void fp_fill(u64 key)
        .globl  fp_fill
fp_fill:
        ld      t1, step
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fmv.d.x f\n, a0
        add     a0, a0, t1
        .endr
        ret

# u64 fp_count_wrong(u64 key)
        .globl  fp_count_wrong
fp_count_wrong:
        ld      t1, step
        li      t2, 0
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fmv.x.d t0, f\n
        xor     t0, t0, a0
        snez    t0, t0
        add     t2, t2, t0
        add     a0, a0, t1
        .endr
        mv      a0, t2
        ret

        .balign 8
step:   .dword  0x0101010101010101

        .bss
        .balign 16
        .space  8192
stack_top:
