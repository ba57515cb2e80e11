/* What the attacks share. Each NAME.c here is one attack: a guest of its own, which begins with a
 * comment that says what it does; how many vcpus: it wants and harts: the machine must have, if not
 * one; other devices: than net,console, more words: for its arguments (docs/vmm.md), the size of a
 * disk: in KiB, with which words a twin: of it runs beside it, what share: of the time the
 * neighbour must have if not the usual one; and, behind "outcome:", what must come of it:
 *
 *     contained     all of it is answered within the guest, which sees that itself and shuts down
 *     ended TEXT    the hypervisor ends the VM with a report that begins with TEXT
 *     once          the hypervisor ends the VM, once, for whatever reason
 *     spins         it never ends, and keeps nobody else from it
 *
 * docs/isolation.md tells what is checked besides. */
#ifndef GUESTS_HOSTILE_HOSTILE_H
#define GUESTS_HOSTILE_HOSTILE_H

#include "guests/guest.h"

#define BIT(n) (1ull << (n))

/* The attack itself. */
void attack(void);
extern const void *device_tree;

/* ---- trying things ---- */

#define NONE (~0ull) /* no trap */

enum {
    ILLEGAL = 2,
    BREAKPOINT = 3,
    LOAD_MISALIGNED = 4,
    LOAD_ACCESS = 5,
    STORE_MISALIGNED = 6,
    STORE_ACCESS = 7,
    USER_ECALL = 8,
    FETCH_PAGE = 12,
    LOAD_PAGE = 13,
    STORE_PAGE = 15,
};

/* The last attempt: its trap, or the function's value. */
extern struct last {
    u64 cause, tval, epc, value;
} last;

/* Call fn(a, b) in VS-mode, or in VU-mode; a trap ends it. The cause, or NONE. What it calls keeps
 * to the stack and leaves stvec and sscratch alone. */
u64 attempt(u64 (*fn)(u64, u64), u64 a, u64 b);
u64 attempt_user(u64 (*fn)(u64, u64), u64 a, u64 b);

/* Execute one instruction, with a0 and a1 given; a0 is the value. */
u64 attempt_word(u32 word, u64 a, u64 b);
u64 attempt_word_user(u32 word, u64 a, u64 b);
/* Some instructions, at most 14. */
u64 attempt_words(const u32 *words, unsigned n, u64 a, u64 b);

/* The instruction "csrrw a0, csr, rs1", or another of its kind. */
enum { CSRRW = 1, CSRRS, CSRRC, CSRRWI = 5, CSRRSI, CSRRCI };
enum { A0 = 10, A1 = 11 };
static inline u32 csr_word(u32 csr, u32 kind, u32 rs1)
{
    return csr << 20 | rs1 << 15 | kind << 12 | A0 << 7 | 0x73;
}
/* Write the value to each CSR but satp in VS-mode, and at once what was there. Each must take it or
 * be an illegal instruction; those that are not a supervisor's must not take it. */
void csr_write_all(u64 value, const char *what);

/* Counts an attempt, and whether it was contained; the first that were not are printed. */
void check(bool contained, const char *what, u64 detail);

/* Whether the device tree mentions this. */
bool has(const char *compatible);
/* Ends the attack, with a word to the test, where it does not. */
void needs(const char *compatible);

/* Called for interrupts, in place of masking the interrupt in sie for good. */
extern void (*on_interrupt)(u64 number);
/* For it: the interrupt ends the attempt, with the interrupt as the cause. */
void abandon(u64 number);

/* ---- SBI ---- */

enum {
    SBI_SUCCESS = 0,
    SBI_NOT_SUPPORTED = -2,
    SBI_ERROR_MIN = -16, /* SBI 3.0 has defined -1 to -14 */
};

/* A call with six arguments. Counts registers that it should have left alone, and has not, in
 * sbi_spoiled. */
struct sbiret sbi6(u64 extension, u64 function, const u64 arguments[6]);
extern u64 sbi_spoiled;

/* Functions first to end - 1 of an extension, each with count sets of nasty arguments. Each answer
 * must be success or an SBI error, with every other register kept. */
void sbi_hammer(u64 extension, u64 first, u64 end, unsigned count);
/* A number of the sort that finds mistakes: 0, -1, powers of two, addresses of everybody. */
u64 nasty(void);

/* ---- pages ---- */

enum {
    PTE_V = 1,
    PTE_R = 2,
    PTE_W = 4,
    PTE_X = 8,
    PTE_U = 16,
    PTE_G = 32,
    PTE_A = 64,
    PTE_D = 128
};
#define PTE_ALL   (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define SATP_SV39 8ull

/* Sv39 on, with RAM where it is and all else as the attack fills it in; root and one table below,
 * which serves 0x40000000 to 0x401fffff in pages of 4 KiB. */
extern u64 root[512], middle[512], leaves[512];
#define WINDOW 0x40000000ull
void paging_on(void);
void paging_off(void);
u64 pte(u64 pa, u64 flags);
static inline void fence(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* ---- more harts ---- */

/* Start hart 1 and so on in fn(hart), each with a stack of its own; false if there is no such hart.
 */
bool start_hart(u64 hart, void (*fn)(u64 hart));
enum { HARTS_MAX = 16 };

/* ---- the rest ---- */

/* The guest's memory, as the tests' --guest gives it. */
#define RAM      0x80000000ull
#define RAM_SIZE (8ull << 20)

u64 now(void);     /* time, in ticks */
u64 ticks(u64 ms); /* how many are so many milliseconds */
bool passed(u64 deadline);
u64 random64(void); /* always the same sequence, or what seed= in the arguments makes it */
u64 argument(const char *key, u64 otherwise); /* the number behind "key=" in the arguments */

u64 load8(u64 address, u64 unused);
u64 load64(u64 address, u64 unused);
u64 store64(u64 address, u64 value);
u64 jump(u64 address, u64 unused);

/* The registers x1 to x31 with which the guest was started, and its supervisor CSRs. */
extern u64 first_x[32];
extern struct first_csrs {
    u64 sscratch, scause, stval, stvec, satp, sie, sip;
} first_csrs;

#endif
