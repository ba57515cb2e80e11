/* A guest kernel of a few lines. It believes that it runs in S-mode, and never asks. */
#include "demo.h"

struct outcome outcome;
u64 kernel_tables[3][512] __attribute__((aligned(4096)));

/* ---- interrupts ---- */

static volatile u64 locked, while_locked, while_free;

void kernel_interrupt(void)
{
    if (locked)
        while_locked++;
    else
        while_free++;
    csr_clear(sip, SSI);
}

static void listen(void)
{
    csr_write(stvec, kernel_entry);
    csr_set(sie, SSI);
}

static void wait_for_interrupt(void)
{
    while (!interrupt_raised) continue;
    for (volatile u64 k = 0; k < 100; k++) continue; /* time to be interrupted */
}

/* ---- the four stories ---- */

/* An interrupt comes while the lock is held. With interrupts off, it has to wait. */
static void take_lock(void)
{
    listen();
    csr_clear(sstatus, STATUS_SIE);
    locked = 1;
    wait_for_interrupt();
    locked = 0;
    csr_set(sstatus, STATUS_SIE);
    wait_for_interrupt();
    outcome =
        (struct outcome){"interrupts while the lock was held", while_locked, while_locked == 0};
}

/* A lock that leaves interrupts as it found them: it must learn whether they were on. */
static void restore_interrupts(void)
{
    listen();
    u64 before = csr_read(sstatus) & STATUS_SIE;
    csr_clear(sstatus, STATUS_SIE);
    locked = 1;
    wait_for_interrupt();
    locked = 0;
    if (before) csr_set(sstatus, STATUS_SIE);
    wait_for_interrupt();
    outcome = (struct outcome){"interrupts once the lock was free", while_free, while_free == 1};
}

/* Everything as it lies, and one page more at WINDOW. */
static void map(const void *page)
{
    kernel_tables[0][0x80000000ul >> 30] = PTE(0x80000000ul) | PTE_V | PTE_RWX | PTE_AD;
    kernel_tables[0][WINDOW >> 30] = PTE(kernel_tables[1]) | PTE_V;
    kernel_tables[1][0] = PTE(kernel_tables[2]) | PTE_V;
    kernel_tables[2][0] = PTE(page) | PTE_V | PTE_RWX | PTE_AD;
}

static u64 root(void)
{
    return SV39 | (u64)kernel_tables >> 12;
}

static u8 pages[2][4096] __attribute__((aligned(4096)));

/* Is the address space that is in force the one that was asked for? A scheduler that wants to save
 * a switch looks at satp. */
static void ask_for_root(void)
{
    map(pages[0]);
    csr_write(satp, root());
    u64 seen = csr_read(satp);
    outcome = (struct outcome){seen == root() ? "satp is the kernel's own root"
                                              : "satp is a root the kernel never wrote",
                               seen & 0xfffffffffff, seen == root()};
}

/* A page is replaced by another one; after the fence, the new one must be there. */
static void replace_page(void)
{
    volatile u8 *window = (volatile u8 *)WINDOW;
    pages[0][0] = 1;
    pages[1][0] = 2;
    map(pages[0]);
    csr_write(satp, root());
    __asm__ volatile("sfence.vma" : : : "memory");
    u64 first = *window;
    map(pages[1]);
    __asm__ volatile("sfence.vma" : : : "memory");
    u64 then = *window;
    outcome = (struct outcome){"is seen where page 2 was put", then, first == 1 && then == 2};
}

void kernel_main(void)
{
    if (DEMO_popf) take_lock();
    if (DEMO_pushf) restore_interrupts();
    if (DEMO_sgdt) ask_for_root();
    if (DEMO_sfence) replace_page();
}
