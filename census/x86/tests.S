/* The instructions under test. Each is a few lines of code that leave what they found in the general
 * registers (all 0 before) and in probe_out, and end with an interrupt. They run at CPL 0 and CPL 3
 * alike, on their own stack. A word after the name says which width of operand it is. */
#include "census/x86/probe.h"

#ifdef __x86_64__
#define W        "64"
#define M(where) where(%rip)
#define AX       %rax
#define CX       %rcx
#define DX       %rdx
#define SI       %rsi
#define DI       %rdi
#define SP       %rsp
#define WORD     8
#else
#define W        "32"
#define M(where) where
#define AX       %eax
#define CX       %ecx
#define DX       %edx
#define SI       %esi
#define DI       %edi
#define SP       %esp
#define WORD     4
#endif

    .macro begin name, width
    .section .rodata
90: .asciz "\name"
91: .asciz "\width"
    .section .tests, "a"
    .balign WORD
#ifdef __x86_64__
    .quad 90b, 91b, 92f
#else
    .long 90b, 91b, 92f
#endif
    .text
92:
    .endm

    .macro end
    int $GATE_DONE
    .endm

    .macro test name, width, code:vararg
    begin "\name", "\width"
    \code
    end
    .endm

/* ---- nothing: what the others are compared with ---- */
    test nop, W, nop

/* ---- Robin and Irvine, 2000: registers that show themselves ---- */
    test sgdt, W, sgdt M(probe_out)
    test sidt, W, sidt M(probe_out)
    test sldt, W, sldt AX
    test smsw, W, smsw AX
    test str, W, str AX
    test sldt, "16", sldt %ax
    test smsw, "16", smsw %ax
    test str, "16", str %ax


    begin pushf, W
    pushf
    pop AX
    end

    begin popf, W                /* IF := 0 */
    push $2
    popf
    end

    begin pushf, "16"
    pushfw
    popw %ax
    end

    begin popf, "16"
    pushw $2
    popfw
    end

/* ---- descriptors that show themselves: one of DPL 0, one of DPL 3 ---- */
    .macro look insn, a, b
    mov $KERNEL_DATA, %esi
    mov $EXTRA, %edi
    \insn \a
    setz %cl
    \insn \b
    setz %ch
    .endm
#ifdef __x86_64__
    test lar, W, look lar, "%rsi, %rax", "%rdi, %rdx"
    test lsl, W, look lsl, "%rsi, %rax", "%rdi, %rdx"
#else
    test lar, W, look lar, "%esi, %eax", "%edi, %edx"
    test lsl, W, look lsl, "%esi, %eax", "%edi, %edx"
#endif
    test lar, "16", look lar, "%si, %ax", "%di, %dx"
    test lsl, "16", look lsl, "%si, %ax", "%di, %dx"
    test verr, "16", look verr, %si, %di
    test verw, "16", look verw, %si, %di

/* ---- segment registers ---- */
    test mov, W, mov %cs, %eax
#ifdef __x86_64__

    begin push, W
    push %fs
    pop AX
    end

    begin pop, W
    push $MOVING
    pop %fs
    mov %fs:0, %rax
    end
#else

    begin push, W
    push %cs
    pop AX
    end

    begin pop, W
    push $MOVING
    pop %es
    mov %es:0, %eax
    end

    begin push, "16"
    pushw %cs
    popw %ax
    end

    begin pop, "16"
    pushw $MOVING
    popw %es
    mov %es:0, %eax
    end
#endif

/* ---- control transfers through descriptors and gates ---- */
    .data
    .balign 16
far_there:
    .long there
    .word CONFORMING
    .text
    .balign 64
there: /* ten nops, so that a segment whose base has moved leads somewhere else, but not astray */
    .rept 16
    nop
    .endr
    mov $1, %edx
    .rept 32
    nop
    .endr
    mov (SP), AX
    mov WORD(SP), CX
    int $GATE_DONE
#ifdef __x86_64__
    test call, W, lcall *M(far_there)

    begin jmp, W
    push $0
    push $0
    ljmp *M(far_there)
    end

    begin ret, W
    push $USER_DATA
    mov SP, AX
    push AX
    xor %eax, %eax
    push $CONFORMING+3
    lea M(there), CX
    push CX
    xor %ecx, %ecx
    lretq
    end

    begin iret, W
    push $USER_DATA
    mov SP, AX
    push AX
    xor %eax, %eax
    push $2
    push $CONFORMING+3
    lea M(there), CX
    push CX
    xor %ecx, %ecx
    iretq
    end
#else
    test call, W, lcall *far_there

    begin jmp, W
    push $0
    push $0
    ljmp *far_there
    end

    begin ret, W
    push $USER_DATA
    push SP
    push $CONFORMING+3
    push $there
    lret
    end

    begin iret, W
    push $USER_DATA
    push SP
    push $2
    push $CONFORMING+3
    push $there
    iret
    end
#endif
    test int, "n", int $GATE_TEST

/* ---- what has always been privileged ---- */
    test lgdt, W, lgdt M(probe_other_gdtr)
    test lidt, W, lidt M(probe_other_idtr)

    begin lldt, W
    mov $LDT_B, %eax
    lldt %ax
    end

    begin ltr, W
    mov $TSS_B, %eax
    ltr %ax
    end

    begin lmsw, W
    mov $3, %eax
    lmsw %ax
    end
    test clts, W, clts
    test "mov from cr0", W, mov %cr0, AX

    begin "mov to cr0", W
    mov M(probe_other_cr0), AX
    mov AX, %cr0
    end
    test "mov from cr3", W, mov %cr3, AX

    begin "mov to cr3", W
    mov M(probe_other_cr3), AX
    mov AX, %cr3
    end
    test "mov from dr", W, mov %dr0, AX

    begin "mov to dr", W
    mov $8, %eax
    mov AX, %dr0
    end

    begin rdmsr, W
    mov $MSR_TRIED, %ecx
    rdmsr
    end

    begin wrmsr, W
    mov $MSR_TRIED, %ecx
    mov $0x18, %eax
    wrmsr
    end
    test wbinvd, W, wbinvd
    test invlpg, W, invlpg M(probe_out)

/* ---- what is privileged if the system says so: IOPL, CR4.TSD ---- */
    test cli, W, cli
    test sti, W, sti

    begin in, W
    mov $SCRATCH_PORT, %edx
    inb %dx, %al
    end

    begin out, W
    mov $SCRATCH_PORT, %edx
    mov $0x33, %al
    outb %al, %dx
    end

    begin rdtsc, W
    rdtsc
    xor %eax, %eax
    xor %edx, %edx
    end

    .section .note.GNU-stack, "", @progbits
