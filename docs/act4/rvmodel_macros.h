/* clang-format off */
/* What programs of the RISC-V architectural tests (ACT4) need to know of a machine, for vhart: its
 * map is QEMU virt's, and HTIF ends a test. The names are the framework's; labels are numbers, since
 * a macro may be used more than once. */
#ifndef RVMODEL_MACROS_H
#define RVMODEL_MACROS_H


#define RVMODEL_DATA_SECTION                                                                       \
    .pushsection .tohost, "aw", @progbits;                                                         \
    .balign 64; .globl tohost; tohost: .dword 0;                                                   \
    .balign 64; .globl fromhost; fromhost: .dword 0;                                               \
    .popsection

/* HTIF: 1 passes, 2 n + 1 fails with n. */
#define RVMODEL_HALT_PASS li t1, 1; la t0, tohost; 98: sd t1, 0(t0); j 98b;
#define RVMODEL_HALT_FAIL li t1, 3; la t0, tohost; 98: sd t1, 0(t0); j 98b;

/* HTIF's console takes a byte with each store; it is printed by the time the store is done. */
#define RVMODEL_IO_INIT(r1, r2, r3)
#define RVMODEL_IO_WRITE_STR(r1, r2, r3, text)                                                     \
    la r2, tohost;                                                                                 \
    li r3, 0x0101 << 48;                                                                           \
    96: lbu r1, 0(text);                                                                           \
    beqz r1, 97f;                                                                                  \
    or r1, r1, r3;                                                                                 \
    sd r1, 0(r2);                                                                                  \
    addi text, text, 1;                                                                            \
    j 96b;                                                                                         \
    97:

/* Nothing is at 0. */
#define RVMODEL_ACCESS_FAULT_ADDRESS 0x00000000

/* CLINT. A tick of mtime is 100 instructions (--time=insn). */
#define RVMODEL_MTIME_ADDRESS 0x0200bff8
#define RVMODEL_MTIMECMP_ADDRESS 0x02004000
#define RVMODEL_MSIP_ADDRESS 0x02000000
#define RVMODEL_TIMER_INT_SOON_DELAY 100
#define RVMODEL_MAX_CYCLES_PER_TIMER_TICK 100
#define RVMODEL_INTERRUPT_LATENCY 10

#define RVMODEL_SET_MSW_INT(r1, r2) li r1, 1; li r2, RVMODEL_MSIP_ADDRESS; sw r1, 0(r2);
#define RVMODEL_CLR_MSW_INT(r1, r2) li r2, RVMODEL_MSIP_ADDRESS; sw zero, 0(r2);

/* External interrupts: the UART's, source 10 of the PLIC, which comes as soon as it may, for nothing
 * waits to be sent. Context 0 is M-mode of hart 0, context 1 its S-mode. */
#define VHART_SET_EXT_INT(r1, r2, enable, threshold)                                               \
    li r1, 7; li r2, 0x0c000028; sw r1, 0(r2);                                                     \
    li r1, 1 << 10; li r2, enable; sw r1, 0(r2);                                                   \
    li r2, threshold; sw zero, 0(r2);                                                              \
    li r1, 2; li r2, 0x10000001; sb r1, 0(r2);

/* The UART asks no more; what it asked is claimed and completed, for this context alone. */
#define VHART_CLR_EXT_INT(r1, r2, enable, threshold)                                               \
    li r2, 0x10000001; sb zero, 0(r2);                                                             \
    li r2, threshold; lw r1, 4(r2); sw r1, 4(r2);                                                  \
    li r2, enable; sw zero, 0(r2);

#define RVMODEL_SET_MEXT_INT(r1, r2) VHART_SET_EXT_INT(r1, r2, 0x0c002000, 0x0c200000)
#define RVMODEL_CLR_MEXT_INT(r1, r2) VHART_CLR_EXT_INT(r1, r2, 0x0c002000, 0x0c200000)
#define RVMODEL_SET_SEXT_INT(r1, r2) VHART_SET_EXT_INT(r1, r2, 0x0c002080, 0x0c201000)
#define RVMODEL_CLR_SEXT_INT(r1, r2) VHART_CLR_EXT_INT(r1, r2, 0x0c002080, 0x0c201000)

/* sip.SSIP does it. */
#define RVMODEL_SET_SSW_INT(r1, r2)
#define RVMODEL_CLR_SSW_INT(r1, r2)

#endif
