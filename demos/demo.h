/* Four short stories of a guest kernel and an instruction that does not trap
 * (docs/virtualizability.md): what the kernel (kernel.c) and the monitor below it (monitor.c) agree
 * on. */
#ifndef DEMO_H
#define DEMO_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define STATUS_SIE  (1ul << 1)
#define STATUS_SPIE (1ul << 5)
#define STATUS_SPP  (1ul << 8)
#define SSI         (1ul << 1) /* the supervisor software interrupt: in sip and sie, and its cause */
#define INTERRUPT   (1ul << 63)

/* Page-table entries, and satp's Sv39 */
#define PTE_V   1ul
#define PTE_RWX (2ul | 4 | 8)
#define PTE_U   16ul
#define PTE_AD  (64ul | 128)
#define SV39    (8ul << 60)
#define PTE(at) ((u64)(at) >> 12 << 10)

#define csr_read(csr)                                                                              \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("csrr %0, " #csr : "=r"(value_));                                         \
        value_;                                                                                    \
    })
#define csr_write(csr, value) __asm__ volatile("csrw " #csr ", %0" : : "r"(value) : "memory")
#define csr_set(csr, value)   __asm__ volatile("csrs " #csr ", %0" : : "r"(value) : "memory")
#define csr_clear(csr, value) __asm__ volatile("csrc " #csr ", %0" : : "r"(value) : "memory")

/* ---- the kernel ---- */

/* Run the story; what came of it, in words, and whether that is right. */
struct outcome {
    const char *text;
    u64 number;
    u64 right;
};
extern struct outcome outcome;
void kernel_main(void);
void kernel_entry(void);     /* where its traps go (entry.S) */
void kernel_interrupt(void); /* and then */

/* The kernel's three page tables, one level a page, and what lies at the address WINDOW in them. */
#define WINDOW 0x40000000ul
extern u64 kernel_tables[3][512];

/* ---- the monitor ---- */

/* Set by the monitor once the interrupt that each story waits for has been raised. */
extern volatile u64 interrupt_raised;

struct frame {
    u64 x[32]; /* x[0] is the pc */
};
void monitor_main(void);
void monitor_trap(struct frame *f);
void monitor_enter(u64 pc, u64 sp);

#endif
