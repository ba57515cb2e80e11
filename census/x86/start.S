/* Start of the bare-metal probe. QEMU loads it by its multiboot header and enters in 32-bit protected
 * mode; the 64-bit probe turns on paging and goes on from there. Then, how tests are entered, at
 * either CPL, and how every interrupt and exception ends one. */
#include "census/x86/probe.h"

#define MAGIC 0x1badb002

    .section .multiboot, "a"
    .balign 4
    .long MAGIC, 0, -MAGIC

    .bss
    .balign 4096
    .global probe_tables
probe_tables: /* 64-bit: two roots (they differ in place alone), and below them 1 GiB as it lies */
    .skip 4 * 4096
    .skip 8192
stack_top:
    .balign 16
test_stack:
    .skip 4096
test_stack_top:
    .skip 4096
    .global probe_trap_stack
probe_trap_stack: /* where the TSSs send interrupts from CPL 3 */

    .text
    .code32
    .global _start
_start:
    cli
    mov $stack_top, %esp
#ifdef __x86_64__
    .equ TABLE, 4096
    .equ MAY, 7 /* present, writable, user */
    movl $probe_tables + 2 * TABLE + MAY, probe_tables
    movl $probe_tables + 2 * TABLE + MAY, probe_tables + TABLE
    movl $probe_tables + 3 * TABLE + MAY, probe_tables + 2 * TABLE
    mov $0, %ecx
1:  mov %ecx, %eax
    shl $21, %eax
    or $0x80 + MAY, %eax /* a page of 2 MiB */
    mov %eax, probe_tables + 3 * TABLE(, %ecx, 8)
    inc %ecx
    cmp $512, %ecx
    jne 1b
    mov %cr4, %eax
    or $0x20, %eax /* PAE */
    mov %eax, %cr4
    mov $probe_tables, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx /* EFER.LME */
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    lgdt first_gdtr
    ljmp $KERNEL_CODE, $long_mode
    .balign 8
first_gdt:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
first_gdtr:
    .word . - first_gdt - 1
    .long first_gdt
    .code64
long_mode:
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
#endif
    call probe_main
1:  hlt
    jmp 1b

/* ---- into a test, and out of it ---- */

#ifdef __x86_64__
#define R(name)  %r##name
#define E(where) where(%rip)
#define IRET     iretq
#define SIZE     8
#else
#define R(name)  %e##name
#define E(where) where
#define IRET     iret
#define SIZE     4
#endif

/* void probe_enter(code, cpl3, flags): comes back when the test has ended. */
    .global probe_enter
probe_enter:
    push R(bx)
    push R(bp)
    push R(si)
    push R(di)
#ifdef __x86_64__
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rdi, %rax
    mov %rsi, %rcx
#else
    mov 20(%esp), %eax
    mov 24(%esp), %ecx
    mov 28(%esp), %edx
#endif
    mov R(sp), E(kernel_sp)
    test R(cx), R(cx)
    jz 1f
    mov $USER_DATA, %ebx
    mov %ebx, %ds
    mov %ebx, %es
    push R(bx)
    jmp 2f
1:  mov $KERNEL_DATA, %ebx
    push R(bx)
2:
#ifdef __x86_64__
    lea test_stack_top(%rip), %rbx
    push %rbx
    push %rdx
#else
    test %ecx, %ecx
    jnz 4f
    mov $test_stack_top, %esp /* without a change of CPL, iret leaves the stack as it is */
    jmp 5f
4:  push $test_stack_top
5:  push %edx
#endif
    mov $KERNEL_CODE, %ebx
    test R(cx), R(cx)
    jz 3f
    mov $USER_CODE, %ebx
3:  push R(bx)
    push R(ax)
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    IRET

/* One entry a vector: 16 bytes each, with an error code (0 where the processor gives none). */
    .balign 16
    .global probe_vectors
probe_vectors:
    .set vector, 0
    .rept 256
    .balign 16
    .if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
    .else
    push $0
    .endif
    push $vector
    jmp ended
    .set vector, vector + 1
    .endr

/* The stack has: vector, error code, pc, CS, flags. */
ended:
#ifdef __x86_64__
    mov %rax, probe_found(%rip)
    mov %rcx, probe_found + 8(%rip)
    mov %rdx, probe_found + 16(%rip)
    mov %rsi, probe_found + 24(%rip)
    mov %rdi, probe_found + 32(%rip)
#else
    push %ds
    push $KERNEL_DATA
    pop %ds
    mov %eax, probe_found
    mov %ecx, probe_found + 8
    mov %edx, probe_found + 16
    mov %esi, probe_found + 24
    mov %edi, probe_found + 32
    add $4, %esp
#endif
    mov 0(R(sp)), R(ax)
    mov R(ax), E(probe_found + 40)
    mov 3 * SIZE(R(sp)), R(ax)
    mov R(ax), E(probe_found + 48)
    mov 4 * SIZE(R(sp)), R(ax)
    mov R(ax), E(probe_found + 56)
    mov $KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov E(kernel_sp), R(sp)
    cld
#ifdef __x86_64__
    pop %r15
    pop %r14
    pop %r13
    pop %r12
#endif
    pop R(di)
    pop R(si)
    pop R(bp)
    pop R(bx)
    ret

    .bss
    .balign 8
kernel_sp:
    .skip 8
    .global probe_found
probe_found:
    .skip 64

    .section .note.GNU-stack, "", @progbits
