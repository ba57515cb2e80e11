/* What the programs of tests/parallel share: four harts, barriers, interrupts between harts, pages,
 * a console for TAP. A program is one set of functions of (hart) that all harts call together. */
#ifndef TESTS_PARALLEL_SMP_H
#define TESTS_PARALLEL_SMP_H

#include "csr.h"

enum { HARTS = 4, LINE = 64 };

/* ---- memory shared by harts ---- */

/* Plain loads and stores, one each: compilers make AMOs of C11's relaxed stores. */
#define READ(x)        (*(volatile __typeof__(x) *)&(x))
#define WRITE(x, v)    (*(volatile __typeof__(x) *)&(x) = (v))
#define ADD(x, v)      __atomic_fetch_add(&(x), v, __ATOMIC_ACQ_REL)
#define FENCE(p, s)    __asm__ volatile("fence " #p ", " #s ::: "memory")
#define FENCE_I()      __asm__ volatile("fence.i" ::: "memory")
#define SFENCE()       __asm__ volatile("sfence.vma" ::: "memory")
#define SFENCE_PAGE(a) __asm__ volatile("sfence.vma %0, zero" ::"r"(a) : "memory")
#define PAUSE()        __asm__ volatile(".word 0x0100000f") /* Zihintpause */
#define WFI()          __asm__ volatile("wfi" ::: "memory")

/* Until all harts are here. */
void barrier(void);

/* ---- interrupts ---- */

#define MSIP(hart)     (*(volatile u32 *)(0x2000000ul + 4 * (u64)(hart)))
#define MTIMECMP(hart) (*(volatile u64 *)(0x2004000ul + 8 * (u64)(hart)))
#define MTIME          (*(volatile u64 *)0x200bff8ul)
enum { TICKS_PER_S = 10000000 };

/* Send each of the first n harts but this one a software interrupt, and wait until all have run
 * on_ipi. */
void ipi_all(unsigned n, unsigned self);
/* By the program: what a hart does about one. */
void on_ipi(unsigned hart);

/* ---- pages: Sv39, RAM and what is below it mapped to themselves by large pages ---- */

#define WINDOW 0x40000000ul /* 512 pages from here on are free to be mapped */
extern u64 window_table[512];
static inline u64 pte_of(const void *page, u64 bits)
{
    return (u64)page >> 12 << 10 | bits | PTE_V;
}

/* Call f(hart) in S-mode, with pages; its M-mode interrupts are on. Fences are the program's. */
void in_s_mode(void (*f)(unsigned), unsigned hart);

/* The same in VS-mode, in a VM with this VMID. All VMs have the same tables, of both stages: RAM
 * and the window's addresses are mapped to themselves by the G-stage, virtual ones as for S-mode.
 */
enum { GUEST_ASID = 7 };
extern u64 guest_window_table[512]; /* the VS-stage's */
extern u64 g_window_table[512];
void in_vs_mode(void (*f)(unsigned), unsigned hart, u64 vmid);
u64 hgatp_of(u64 vmid);

/* By a program that wants page faults: true when this one was; then what faulted, an instruction of
 * four bytes, is left out. */
bool on_fault(u64 cause, unsigned hart);

/* ---- the report: hart 0 only ---- */

void plan(unsigned n);
void report(bool good, const char *name);
void comment(const char *text, u64 number);
void finish(u64 code) __attribute__((noreturn));

/* By the program: all harts run it. When hart 0 comes back from it, the run is over. */
void program(unsigned hart);

#endif
